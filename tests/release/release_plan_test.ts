import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../scripts/_lib/project.ts";
import { planRelease } from "../../scripts/_release/plan.ts";
import { stampVersions } from "../../scripts/_release/versions.ts";
import { assertEquals, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const files: Readonly<Record<string, string>> = {
  "deno.json": `{\n  "name": "x",\n  "version": "0.169.0",\n  "imports": { "version": "1" }\n}\n`,
  "package.json": JSON.stringify(
    {
      dependencies: { "@openai/codex": "0.169.0" },
      devDependencies: { "@openai/codex-sdk": "0.163.0" },
      overrides: { "@openai/codex-sdk": { "@openai/codex": "0.169.0" } },
    },
    null,
    2,
  ),
  "src/util/sdk_version.ts": `export const SDK_VERSION: string = "0.169.0";\n`,
  "src/process/runtime_version.ts": `export const RUNTIME_VERSION: string = "0.169.0";\n`,
  "docs/runtime-packages.md": "deno task stage-sdk -- out --runtime-version=0.169.0 ",
  "CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n- A fix.\n\n## 0.169.0 (2026-11-01)\n\n- All.\n",
};
const read = (file: string): string => files[file] ?? "";
const date = "2026-11-20";

test("planRelease of a fix of the SDK keeps Codex", () => {
  const plan = planRelease({ version: "0.169.1", date, tagged: [] }, read);
  assertEquals([plan.runtime, plan.raisesRuntime, plan.tag, plan.notes], [
    "0.169.0",
    false,
    "latest",
    "- A fix.",
  ]);
  assertEquals([...plan.files.keys()], ["deno.json", "src/util/sdk_version.ts", "CHANGELOG.md"]);
  assertEquals(
    plan.files.get("deno.json"),
    read("deno.json").replace(`"0.169.0"`, `"0.169.1"`),
  );
});

test("planRelease of a new Codex updates it wherever it is pinned", () => {
  const plan = planRelease({ version: "0.170.0", date, tagged: [] }, read);
  assertEquals([plan.runtime, plan.raisesRuntime], ["0.170.0", true]);
  assertEquals(
    plan.files.get("package.json"),
    read("package.json").replaceAll(`"@openai/codex": "0.169.0"`, `"@openai/codex": "0.170.0"`),
  );
  assertEquals(
    plan.files.get("src/process/runtime_version.ts"),
    `export const RUNTIME_VERSION: string = "0.170.0";\n`,
  );
  const told = planRelease({ version: "0.169.2", codex: "0.169.1", date, tagged: [] }, read);
  assertEquals([told.runtime, told.raisesRuntime], ["0.169.1", true]);
});

test("planRelease of a candidate leaves CHANGELOG.md open", () => {
  const plan = planRelease({ version: "0.169.1-rc.1", date, tagged: [] }, read);
  assertEquals([plan.tag, plan.files.has("CHANGELOG.md")], ["next", false]);
});

test("planRelease can be repeated for its own version until that has a tag", () => {
  const request = { version: "0.170.0", date, tagged: ["0.169.0"] };
  const written = new Map(planRelease(request, read).files);
  const after = (file: string): string => written.get(file) ?? read(file);
  const again = planRelease({ ...request, date: "2026-11-25" }, after);
  assertEquals([again.runtime, again.raisesRuntime, [...again.files.keys()]], [
    "0.170.0",
    false,
    [],
  ]);
  assertEquals(again.notes, planRelease(request, read).notes);
  assertThrows(
    () => planRelease({ ...request, tagged: ["0.169.0", "0.170.0"] }, after),
    TypeError,
    "0.170.0 is not newer than 0.170.0",
  );
});

test("planRelease keeps the section of CHANGELOG.md open on request, and cuts it later", () => {
  const request = { version: "0.170.0", date, tagged: [] };
  const { files: written } = planRelease({ ...request, keepOpen: true }, read);
  assertEquals([written.has("package.json"), written.has("CHANGELOG.md")], [true, false]);
  const after = (file: string): string => written.get(file) ?? read(file);
  const final = planRelease(request, after);
  assertEquals([final.raisesRuntime, [...final.files.keys()]], [false, ["CHANGELOG.md"]]);
});

test("planRelease refuses a version that was released or breaks the policy", () => {
  assertThrows(
    () => planRelease({ version: "0.169.1", date, tagged: ["0.169.1"] }, read),
    TypeError,
    "is not newer than 0.169.1",
  );
  for (const version of ["0.169.0", "0.169.0-rc.1", "0.169", "0.169.1-1"]) {
    assertThrows(
      () => planRelease({ version, date, tagged: [] }, read),
      TypeError,
      "Cannot release: ",
    );
  }
});

test("stampVersions finds every version in the current project", () => {
  const stamp = { version: "9.9.10", runtime: "9.9.9" };
  const project = (file: string): string => readFileSync(join(projectRoot, file), "utf8");
  const changed = stampVersions(stamp, project);
  assertEquals([...changed.keys()], [
    "deno.json",
    "src/util/sdk_version.ts",
    "src/process/runtime_version.ts",
    "docs/runtime-packages.md",
    "package.json",
  ]);
  assertEquals(JSON.parse(changed.get("deno.json") ?? "").version, "9.9.10");
  const { dependencies } = JSON.parse(changed.get("package.json") ?? "");
  assertEquals(dependencies, { "@openai/codex": "9.9.9" });
  assertThrows(() => stampVersions(stamp, () => "{}"), TypeError, "names no version");
});
