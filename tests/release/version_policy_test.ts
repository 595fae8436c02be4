import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../scripts/_lib/project.ts";
import {
  distTag,
  runtimeFor,
  stampVersions,
  versionFault,
} from "../../scripts/_release/versions.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

function fault(version: string, runtime: string, ...released: string[]): string | undefined {
  return versionFault({ version, runtime, released });
}

test("versionFault accepts Codex's own version, its candidates, and later fixes of the SDK", () => {
  const good: readonly (readonly [string, string])[] = [
    ["0.169.0", "0.169.0"],
    ["0.169.0-rc.1", "0.169.0"],
    ["0.169.0-rc.12", "0.169.0"],
    ["0.169.1", "0.169.0"],
    ["0.169.2-rc.1", "0.169.1"],
    ["0.170.0-alpha.3", "0.170.0-alpha.3"],
    ["0.170.0-alpha.3.1", "0.170.0-alpha.3"],
  ];
  for (const [version, runtime] of good) assertEquals(fault(version, runtime), undefined, version);
});

test("versionFault refuses a version that hides its Codex or sorts before the one it fixes", () => {
  const bad: readonly (readonly [string, string, string])[] = [
    ["0.170.0", "0.169.0", "first two numbers"],
    ["1.169.0", "0.169.0", "first two numbers"],
    ["0.169.0", "0.169.1", "third number is lower"],
    ["0.169.0-1", "0.169.0", "only -rc.1"],
    ["0.169.0-rc.0", "0.169.0", "only -rc.1"],
    ["0.169.0-rc.1.2", "0.169.0", "only -rc.1"],
    ["0.169.0-alpha.1", "0.169.0", "only -rc.1"],
    ["0.170.0", "0.170.0-alpha.3", "must be 0.170.0-alpha.3"],
    ["0.170.0-alpha.4", "0.170.0-alpha.3", "must be 0.170.0-alpha.3"],
    ["0.170.0-alpha.3.x", "0.170.0-alpha.3", "must be 0.170.0-alpha.3"],
    ["v0.169.0", "0.169.0", "is not a version"],
    ["0.169.0+1", "0.169.0", "is not a version"],
    ["0.169.0", "latest", "is not a version of Codex"],
  ];
  for (const [version, runtime, words] of bad) {
    assertStringIncludes(fault(version, runtime) ?? "no fault", words);
  }
});

test("versionFault requires a version newer than those released in its line, and in no other", () => {
  assertEquals(fault("0.169.1", "0.169.0", "0.170.0", "0.169.0", "x"), undefined);
  assertEquals(fault("0.169.10", "0.169.0", "0.169.9"), undefined);
  assertEquals(fault("0.169.0", "0.169.0", "0.169.0-rc.2"), undefined);
  assertEquals(fault("0.169.0-rc.10", "0.169.0", "0.169.0-rc.9"), undefined);
  for (
    const [version, released] of [
      ["0.169.0", "0.169.0"],
      ["0.169.1-rc.1", "0.169.1"],
      ["0.169.1-rc.2", "0.169.1-rc.10"],
      ["0.169.2", "0.169.10"],
    ] as const
  ) {
    assertEquals(
      fault(version, "0.169.0", released),
      `${version} is not newer than ${released}`,
    );
  }
});

test("runtimeFor keeps the current Codex as long as the first two numbers match", () => {
  assertEquals(runtimeFor("0.169.1", "0.169.0"), "0.169.0");
  assertEquals(runtimeFor("0.169.0-rc.2", "0.169.0"), "0.169.0");
  assertEquals(runtimeFor("0.169.0-1", "0.169.0"), "0.169.0");
  assertEquals(runtimeFor("0.170.0", "0.169.0"), "0.170.0");
  assertEquals(runtimeFor("0.170.0-rc.1", "0.169.0"), "0.170.0");
  assertEquals(runtimeFor("0.170.0-alpha.3", "0.169.0"), "0.170.0-alpha.3");
});

test("distTag publishes candidates and previews only under their own tag", () => {
  assertEquals(distTag("0.169.1"), "latest");
  for (const version of ["0.169.1-rc.1", "0.170.0-alpha.3"]) assertEquals(distTag(version), "next");
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
