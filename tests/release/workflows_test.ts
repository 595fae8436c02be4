import * as yaml from "@std/yaml";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filesUnder, projectRoot } from "../../scripts/_lib/project.ts";
import { assert, assertEquals, assertMatch } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
  readonly uses?: string;
  readonly needs?: string | readonly string[];
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const { parse } = yaml as unknown as { parse(text: string): unknown };

function read(file: string): string {
  return readFileSync(join(projectRoot, file), "utf8");
}

const files = filesUnder(".github/workflows", ".yml");
const workflows = files.map((file) => parse(read(file)) as Workflow);
const jobs = workflows.flatMap((workflow) => Object.entries(workflow.jobs));
const steps = jobs.flatMap(([, job]) => job.steps ?? []);

test("the workflows call existing tasks and scripts", () => {
  assertEquals(files, ["ci", "release", "upstream"].map((name) => `.github/workflows/${name}.yml`));
  const { tasks } = JSON.parse(read("deno.json")) as { tasks: Record<string, unknown> };
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, unknown> };
  const commands = steps.map(({ run = "" }) => run).join("\n");
  const called = [...commands.matchAll(/deno task ([\w:-]+)/g)].map(([, name = ""]) => name);
  assert(called.length > 0);
  assertEquals(called.filter((name) => !(name in tasks)), []);
  const run = [...commands.matchAll(/npm run ([\w:-]+)/g)].map(([, name = ""]) => name);
  assertEquals(run.filter((name) => !(name in scripts)), []);
  assert(commands.includes("bash .ci/run"));
});

test("the workflows pin their actions and read only the sources", () => {
  for (const { uses } of [...steps, ...jobs.map(([, job]) => job)]) {
    if (uses !== undefined) assertMatch(uses, /^\.\/|@(?:v\d+|[0-9a-f]{40})$/);
  }
  for (const { permissions } of workflows) assertEquals(permissions, { contents: "read" });
  const more = jobs.filter(([, job]) => job.permissions !== undefined)
    .map(([name, job]) => [name, job.permissions]);
  assertEquals(Object.fromEntries(more), {
    npm: { contents: "read", "id-token": "write" },
    jsr: { contents: "read", "id-token": "write" },
    page: { contents: "write" },
    propose: { contents: "write", "pull-requests": "write" },
  });
});

test("the workflows run no project code where they may write to the repository", () => {
  const writing = jobs.filter(([, { permissions }]) => permissions?.["contents"] === "write");
  for (const [name, job] of writing) {
    const commands = job.steps?.map(({ run = "" }) => run).join("\n") ?? "";
    assert(!/\b(?:npx|npm|node|deno|bash|scripts)\b/.test(commands), name);
  }
  // Git would keep the token for every later step.
  const checkouts = steps.filter(({ uses = "" }) => uses.startsWith("actions/checkout"));
  assertEquals(checkouts.filter((step) => step.with?.["persist-credentials"] !== false), []);
});

test("the workflows publish only after the gate, and name no secret", () => {
  const needs = Object.fromEntries(
    jobs.map(([name, job]) => [name, [job.needs ?? []].flat()]),
  );
  const after = (name: string): boolean => {
    return needs[name]?.some((one) => one === "gate" || after(one)) ?? false;
  };
  const publishing = jobs.filter(([, job]) => {
    return job.steps?.some(({ run = "" }) => /publish|gh release/.test(run));
  }).map(([name]) => name);
  assertEquals(publishing, ["npm", "jsr", "page"]);
  assertEquals(publishing.filter((name) => !after(name)), []);
  for (const file of files) assert(!/secrets\./.test(read(file)), file);
});
