/** Deploys a program with the built npm package in each way of docs/deploying.md. */
import { chmod, mkdir } from "node:fs/promises";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import {
  bundleForNode,
  compileWithBun,
  compileWithDeno,
  copyTree,
  makeProject,
  runtimeFolder,
  singleExecutable,
} from "./_build.ts";
import { withScratch } from "../../scripts/_lib/interruption.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { copyPackage } from "../npm/_built_package.ts";
import { installTools } from "../npm/_tools.ts";
import {
  canChangeEnvironment,
  type Deployed,
  environmentRuns,
  faultOfRun,
  findRuns,
  type ProgramRun,
} from "./_runs.ts";

const limits = { timeoutMs: 240_000 };
const exe = (name: string): string => process.platform === "win32" ? `${name}.exe` : name;

let built: string | undefined;

/** Returns a copy of the npm package, one for the tests of this file. */
async function builtPackage(): Promise<string> {
  if (built === undefined) {
    const folder = mkdtempSync(join(tmpdir(), "codex-deploy-npm-"));
    globalThis.addEventListener("unload", () => rmSync(folder, { recursive: true, force: true }));
    await copyPackage(folder);
    built = folder;
  }
  return built;
}

/** Calls `build` with an empty project and a folder with the runtime; returns what goes wrong in the runs it returns. */
async function faultsOf(
  build: (work: string, at: Deployed) => Promise<readonly ProgramRun[]>,
  prefix = "codex-deploy-",
): Promise<string[]> {
  return await withScratch(prefix, async (work) => {
    const [folder = "", cwd = "", home = ""] = ["deployed", "elsewhere", "home"]
      .map((one) => join(work, one));
    // Readable by any user, with no `node_modules` above.
    for (const path of [work, folder, cwd, home]) {
      await mkdir(path, { recursive: true });
      await chmod(path, 0o755);
    }
    await copyTree(runtimeFolder(), join(folder, "codex"));
    const faults: string[] = [];
    for (const run of await build(work, { folder, cwd, home })) {
      const fault = await faultOfRun(run);
      if (fault !== undefined) faults.push(`${run.name}: ${fault}`);
    }
    return faults;
  });
}

async function project(work: string): Promise<string> {
  return await makeProject(join(work, "project"), await builtPackage());
}

/** Tools of 600 MB are installed once, which takes as long as the network does. */
const download = { timeoutMs: 900_000 };

test("the package is built and the tools are installed for the deployments", async () => {
  await builtPackage();
  if (process.platform === "linux") await installTools();
}, download);

test("Codex runs a turn in an esbuild bundle, ESM and CommonJS [R-46]", async () => {
  for (const name of ["mjs", "cjs"]) {
    const faults = await faultsOf(async (work, at) => {
      const out = join(at.folder, `program.${name}`);
      await bundleForNode(await project(work), out);
      return findRuns({ name, command: ["node", out], compiled: name === "cjs" }, at);
    });
    assertEquals(faults, []);
  }
}, limits);

test("Codex runs a turn in a program made by bun build --compile [R-46]", async () => {
  const faults = await faultsOf(async (work, at) => {
    const out = join(at.folder, exe("program"));
    await compileWithBun(await project(work), out);
    return findRuns({ name: "bun", command: [out], compiled: true }, at);
  });
  assertEquals(faults, []);
}, limits);

test("Codex runs a turn with only the modules of deno compile [R-46]", async () => {
  const faults = await faultsOf(async (work, at) => {
    const command = await compileWithDeno(join(work, "deno"), join(at.folder, exe("program")));
    if (command.length > 1) {
      console.log("note: there is no denort: a program of `deno compile` was imitated, not made");
    }
    return findRuns({ name: "deno", command, compiled: true }, at);
  });
  assertEquals(faults, []);
  // Deno may wait for the site of denort.
}, download);

test("Codex runs a turn in a single executable of Node [R-46]", async () => {
  const faults = await faultsOf(async (work, at) => {
    const [bundle, out] = [join(work, "program.cjs"), join(at.folder, exe("single"))];
    await bundleForNode(await project(work), bundle);
    const tools = await installTools();
    await singleExecutable(bundle, tools.program("Node 24"), out);
    return findRuns({ name: "single", command: [out], compiled: true }, at);
  });
  assertEquals(faults, []);
}, {
  ...limits,
  ...(process.platform === "linux" ? {} : { skip: "the versions of Node are those for Linux" }),
});

test("Codex runs a turn in the environments of services and CI", async () => {
  const faults = await faultsOf(async (work, at) => {
    const out = join(at.folder, exe("program"));
    await compileWithBun(await project(work), out);
    return await environmentRuns([out], at);
    // Other users cannot enter the temporary folder of a test run.
  }, "/tmp/codex-deploy-");
  assertEquals(faults, []);
}, {
  ...limits,
  ...(canChangeEnvironment() ? {} : { skip: "there is no setsid and setpriv here" }),
});
