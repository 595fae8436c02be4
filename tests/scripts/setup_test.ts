import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runCommand } from "../../scripts/_lib/command.ts";
import { withScratch } from "../../scripts/_lib/interruption.ts";
import { projectRoot } from "../../scripts/_lib/project.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const limits = { timeoutMs: 60_000 };
const WANTED = { "": {}, "node_modules/codex": { version: "2.0.0" } };

/** Stands in for npm: notes the call, waits a second for another one if `EXPECT_MORE` is set, and installs. */
const NPM = `
const { appendFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } = require("node:fs");
process.chdir(__dirname);
appendFileSync("calls", "x");
const limit = process.env.EXPECT_MORE ? Date.now() + 1_000 : 0;
while (readFileSync("calls", "utf8").length < 2 && Date.now() < limit);
const write = (name, content) => {
  mkdirSync("node_modules/" + name.replace(/[^/]*$/, ""), { recursive: true });
  writeFileSync("node_modules/" + name, JSON.stringify(content));
};
write("codex/package.json", { version: "2.0.0" });
for (const tool of ["deno/deno", "bun/bin/bun.exe"]) {
  write(tool + ".json", {});
  symlinkSync(process.execPath, "node_modules/" + tool);
}
write(".package-lock.json", {});
`;

/** A project with these packages in `node_modules`. */
function withProject(
  installed: Readonly<Record<string, string>>,
  body: (root: string) => Promise<void>,
): Promise<void> {
  return withScratch("setup-", async (root) => {
    const write = (file: string, content: unknown): void => {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), JSON.stringify(content));
    };
    write("package-lock.json", {
      packages: { ...WANTED, "node_modules/other-system": { version: "1.0.0", optional: true } },
    });
    for (const [name, version] of Object.entries(installed)) {
      write(`node_modules/${name}/package.json`, { name, version });
    }
    mkdirSync(join(root, "scripts"));
    copyFileSync(join(projectRoot, "scripts/setup.mjs"), join(root, "scripts/setup.mjs"));
    writeFileSync(join(root, "npm-cli.cjs"), NPM);
    await body(root);
  });
}

async function setUp(root: string, more: object = {}): Promise<number | null> {
  const env = { ...more, npm_execpath: join(root, "npm-cli.cjs") };
  return (await runCommand("node", [join(root, "scripts/setup.mjs")], { env })).code;
}

function calls(root: string): number {
  return existsSync(join(root, "calls")) ? readFileSync(join(root, "calls"), "utf8").length : 0;
}

test(
  "setup installs if a package is missing or has another version, whatever npm has recorded",
  async () => {
    const cases: [Record<string, string>, number][] = [
      [{ codex: "2.0.0" }, 0],
      [{ codex: "1.0.0" }, 1],
      [{}, 1],
      [{ codex: "2.0.0", "other-system": "0.9.0" }, 1],
    ];
    for (const [installed, expected] of cases) {
      await withProject(installed, async (root) => {
        // npm's own record says that everything is installed.
        mkdirSync(join(root, "node_modules"), { recursive: true });
        writeFileSync(join(root, "node_modules/.package-lock.json"), JSON.stringify(WANTED));
        await setUp(root);
        assertEquals(calls(root), expected, JSON.stringify(installed));
      });
    }
  },
  limits,
);

test("setup installs once, however many tasks start it at the same time", async () => {
  await withProject({}, async (root) => {
    const three = [1, 2, 3].map(() => setUp(root, { EXPECT_MORE: "1" }));
    assertEquals(await Promise.all(three), [0, 0, 0]);
    assertEquals(calls(root), 1);
  });
}, limits);

test("setup does not wait for one that was killed", async () => {
  await withProject({}, async (root) => {
    const { stdout: deadPid } = await runCommand("node", ["-p", "process.pid"]);
    writeFileSync(join(root, ".setup-lock"), deadPid);
    assertEquals(await setUp(root), 0);
    assertEquals(existsSync(join(root, ".setup-lock")), false);
  });
}, limits);
