/** Deploys a program in each way of docs/deploying.md: `deno task check:deploy`. `--help` says what it does. */
import { chmod, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { withScratch } from "./_lib/interruption.ts";
import {
  bundleForNode,
  compileWithBun,
  compileWithDeno,
  copyTree,
  makeProject,
  runtimeFolder,
  singleExecutable,
} from "./_deploy/build.ts";
import {
  type BuiltProgram,
  canChangeEnvironment,
  type Deployed,
  environmentRuns,
  findRuns,
  Tally,
} from "./_deploy/runs.ts";
import { installTools } from "./_matrix/tools.ts";
import { buildPackage } from "./_npm/package.ts";

const help =
  `Builds a program in each way of docs/deploying.md, puts it into a folder outside of the project with the
binary beside it, and runs a turn in the ways and environments that the page names.

  deno task check:deploy [--package=FOLDER]

  --package  the package in FOLDER, which \`deno task build:npm\` made, instead of a new one`;

const { values } = commandLine({ help, options: { package: { type: "string" } } });
const tally = new Tally();

async function main(work: string): Promise<void> {
  const at = await deployed(work);
  const sdk = resolve(values.package ?? join(work, "npm"));
  if (values.package === undefined) await buildPackage({ out: sdk });
  const program = await makeProject(join(work, "project"), sdk);
  const { node: nodeOf } = await installTools((line) => console.log(line));
  const exe = (name: string): string => process.platform === "win32" ? `${name}.exe` : name;

  const esm = join(at.folder, "program.mjs");
  await build("esbuild", { command: ["node", esm], compiled: false }, at, async () => {
    await bundleForNode(program, esm);
  });
  const cjs = join(at.folder, "program.cjs");
  await build("esbuild, CommonJS", { command: ["node", cjs], compiled: true }, at, async () => {
    await bundleForNode(program, cjs);
  });
  const single = join(at.folder, exe("single"));
  await build("Node SEA", { command: [single], compiled: true }, at, async () => {
    await singleExecutable(cjs, nodeOf("24"), single);
  });
  const compiled = join(at.folder, exe("compiled"));
  await build("bun build --compile", { command: [compiled], compiled: true }, at, async () => {
    await compileWithBun(program, compiled);
  });
  const deno = await tally.attempt("deno compile: built", () => {
    return compileWithDeno(join(work, "deno"), join(at.folder, exe("deno-compiled")));
  });
  if (deno !== undefined) await runDeno(deno, at);
  await runEnvironments([compiled], at);
}

/** Builds a program and runs it in every way that it may find the binary. */
async function build(
  name: string,
  program: Omit<BuiltProgram, "name">,
  at: Deployed,
  action: () => Promise<void>,
): Promise<void> {
  const result = await tally.attempt(`${name}: built`, async () => {
    await action();
    return true;
  });
  if (result !== true) return;
  for (const run of findRuns({ name, ...program }, at)) await tally.run(run);
}

async function runDeno(
  { command, standIn }: Awaited<ReturnType<typeof compileWithDeno>>,
  at: Deployed,
): Promise<void> {
  if (standIn !== undefined) tally.skip(`deno compile itself: ${standIn}`);
  const name = standIn === undefined ? "deno compile" : "the modules of deno compile";
  for (const run of findRuns({ name, command, compiled: true }, at)) await tally.run(run);
}

async function runEnvironments(command: readonly string[], at: Deployed): Promise<void> {
  if (!canChangeEnvironment()) {
    return tally.skip("environments: there is no setsid and setpriv here");
  }
  const { runs, skipped } = await environmentRuns(command, at);
  for (const run of runs) await tally.run(run);
  for (const name of skipped) tally.skip(name);
}

/** A folder that any user may read, with the runtime in it and no `node_modules` above. */
async function deployed(work: string): Promise<Deployed> {
  const [folder, cwd, home] = [join(work, "deployed"), join(work, "elsewhere"), join(work, "home")];
  for (const path of [work, folder, cwd, home]) {
    await mkdir(path, { recursive: true });
    await chmod(path, 0o755);
  }
  await copyTree(await runtimeFolder(), join(folder, "codex"));
  return { folder, cwd, home };
}

await runMain(async () => {
  await withScratch("codex-deploy-", main);
  console.log(`in ${tally.time}`);
  console.log(String(tally));
  if (!tally.good) process.exitCode = 1;
});
