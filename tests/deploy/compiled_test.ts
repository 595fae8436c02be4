import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import {
  bundleForNode,
  compileWithBun,
  makeProject,
  runtimeFolder,
  withoutDenort,
} from "../../scripts/_deploy/build.ts";
import {
  type BuiltProgram,
  type Deployed,
  faultOfRun,
  findRuns,
} from "../../scripts/_deploy/runs.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const limits = { timeoutMs: 240_000 };

/** Builds a program into an empty folder with the runtime beside it, and gives what goes wrong when it is run there. */
async function faultsOf(
  name: string,
  build: (work: string, folder: string) => Promise<Omit<BuiltProgram, "name">>,
): Promise<string[]> {
  const work = await mkdtemp(join(tmpdir(), "codex-compiled-"));
  try {
    const [folder, cwd, home] = ["deployed", "elsewhere", "home"].map((one) => join(work, one));
    const at: Deployed = { folder: folder!, cwd: cwd!, home: home! };
    for (const path of [at.folder, at.cwd, at.home]) await mkdir(path);
    await symlink(await runtimeFolder(), join(at.folder, "codex"), "junction");
    const program = await build(work, at.folder);
    const faults: string[] = [];
    for (const run of findRuns({ name, ...program }, at)) {
      const fault = await faultOfRun(run);
      if (fault !== undefined) faults.push(`${run.name}: ${fault}`);
    }
    return faults;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const exe = (name: string): string => process.platform === "win32" ? `${name}.exe` : name;

test("Codex runs a turn in an esbuild bundle, ESM and CommonJS [R-46]", async () => {
  for (const format of ["mjs", "cjs"]) {
    const faults = await faultsOf(format, async (work, folder) => {
      const out = join(folder, `program.${format}`);
      await bundleForNode(await makeProject(join(work, "project")), out);
      return { command: ["node", out], compiled: format === "cjs" };
    });
    assertEquals(faults, []);
  }
}, limits);

test("Codex runs a turn in a program made by bun build --compile [R-46]", async () => {
  const faults = await faultsOf("bun", async (work, folder) => {
    const out = join(folder, exe("program"));
    await compileWithBun(await makeProject(join(work, "project")), out);
    return { command: [out], compiled: true };
  });
  assertEquals(faults, []);
}, limits);

test("Codex runs a turn with only the modules of deno compile [R-46]", async () => {
  const faults = await faultsOf("deno", async (work, folder) => {
    const { command } = await withoutDenort(join(work, "deno"), join(folder, exe("program")));
    return { command, compiled: true };
  });
  assertEquals(faults, []);
}, limits);
