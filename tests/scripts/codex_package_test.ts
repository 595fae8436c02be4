import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { withCodex } from "../../scripts/_lib/codex_package.ts";
import { packageCandidates, packageFolder } from "../../src/process/runtime_package.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const { platform, arch } = process;

/** Installs a package whose executable contains its name. */
async function install(folder: string, spec: string): Promise<void> {
  const installed = packageFolder(platform, folder, "@openai/codex");
  const binary = packageCandidates(platform, arch, installed, "@openai/codex")?.at(-1) ?? "";
  mkdirSync(dirname(binary), { recursive: true });
  await Promise.resolve(writeFileSync(binary, spec));
}

test("withCodex passes on the executable of a version, and keeps nothing", async () => {
  const found = await withCodex("0.1.2-alpha.3", (binary) => {
    assertStringIncludes(readFileSync(binary, "utf8"), "@openai/codex@0.1.2-alpha.3-");
    return binary;
  }, install);
  assertEquals(existsSync(found), false);
});

test("withCodex reports a package that npm cannot install or that has no executable", async () => {
  let folder = "";
  const fail = (where: string): Promise<void> => {
    folder = where;
    return Promise.reject(new Error("no such version"));
  };
  await assertRejects(() => withCodex("0.1.2", () => {}, fail), Error, "no such version");
  assert(folder !== "" && !existsSync(folder));
  const empty = (): Promise<void> => Promise.resolve();
  await assertRejects(() => withCodex("0.1.2", () => {}, empty), Error, "Cannot find the runtime");
});

test("withCodex rejects what is not a version", async () => {
  for (const version of ["latest", "../0.1.2", "0.1.2 --global"]) {
    await assertRejects(() => withCodex(version, () => {}, install), TypeError, "Cannot read");
  }
});
