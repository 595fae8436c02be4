/**
 * Publishes the package to a registry on this machine, installs it with every package manager, and runs a turn on every
 * runtime; the same with staged packages; then the tools of users, and the conformance suite on
 * the installed package: `deno task matrix`. With `--quick`, each package manager and each runtime once, with nothing
 * staged and a runtime without its 420 MB: the setup of this project installs the real one.
 */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { runCommand } from "../../scripts/_lib/command.ts";
import { withScratch } from "../../scripts/_lib/interruption.ts";
import { bunPath, denoPath, filesUnder, projectRoot } from "../../scripts/_lib/project.ts";
import { stageRuntime } from "../../scripts/_stage/stage_runtime.ts";
import { stageSdk } from "../../scripts/_stage/stage_sdk.ts";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { assert, assertEquals, assertMatch } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { copyPackage } from "./_built_package.ts";
import { compileTests } from "./_conformance.ts";
import { CONSUMERS, type ToolConsumer, VERSIONS, writeConsumer } from "./_consumers.ts";
import { publishLightRuntime } from "./_light_runtime.ts";
import { startRegistry } from "./_registry.ts";
import { cleanEnvironment, installTools, mustRun, type Runtime, RUNTIMES } from "./_tools.ts";

const args = process.argv.slice(2);
if (args.some((arg) => arg !== "--quick")) throw new TypeError("usage: deno task matrix [--quick]");
const isQuick = args.length > 0;
const options = { timeoutMs: 600_000 };
const work = mkdtempSync(join(tmpdir(), "codex-matrix-"));
globalThis.addEventListener("unload", () => rmSync(work, { recursive: true, force: true }));

console.log("Installing the tools (600 MB, once) and building the package");
const tools = await installTools();
const node = tools.program("Node 24");
const built = join(work, "npm");
const { name, version, exports } = await copyPackage(built);

interface Installer {
  /** The command that installs; none where the first import fetches the package. */
  readonly command?: readonly string[];
  readonly runtimes: readonly Runtime[];
  /** The runtime that stands for all in a quick run. */
  readonly quick?: Runtime;
}

/** `yarn pnp` and `deno cache` make no `node_modules`. */
const INSTALLERS: Readonly<Record<string, Installer>> = {
  npm: {
    command: ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"],
    runtimes: RUNTIMES,
    quick: "Node 20",
  },
  pnpm: {
    command: [node, tools.path("pnpm/bin/pnpm.cjs"), "install", "--no-frozen-lockfile"],
    runtimes: RUNTIMES,
    quick: "Node 22",
  },
  yarn: {
    command: [node, tools.path("@yarnpkg/cli-dist/bin/yarn.js"), "install"],
    runtimes: RUNTIMES,
    quick: "Node 24",
  },
  "yarn pnp": {
    command: [node, tools.path("@yarnpkg/cli-dist/bin/yarn.js"), "install"],
    runtimes: ["Node 20", "Node 22", "Node 24"],
  },
  "yarn classic": {
    command: [node, tools.path("yarn/bin/yarn.js"), "install", "--non-interactive"],
    runtimes: RUNTIMES,
  },
  bun: { command: [bunPath(), "install"], runtimes: RUNTIMES, quick: "Bun" },
  deno: { command: [denoPath(), "install", "--quiet"], runtimes: RUNTIMES },
  "deno cache": { runtimes: ["Deno"], quick: "Deno" },
};

/** Where a package is installed. */
interface Consumer {
  readonly project: string;
  readonly home: string;
}

/** Makes a project that depends on the package, and installs it. */
async function install(
  installer: string,
  folder: string,
  registry: string,
  devDependencies: Readonly<Record<string, string>> = {},
): Promise<Consumer> {
  const [project, home] = [join(folder, "project"), join(folder, "home")];
  await mkdir(project, { recursive: true });
  await mkdir(home);
  const [program, ...args] = INSTALLERS[installer]?.command ?? [];
  const manifest = {
    private: true,
    type: "module",
    dependencies: { [name]: version },
    devDependencies,
  };
  const noModules = { imports: { [name]: `npm:${name}@${version}` }, nodeModulesDir: "none" };
  const files = {
    "deno.json": JSON.stringify({
      minimumDependencyAge: 0, // Deno refuses packages of the last 24 hours by default
      ...(program === undefined ? noModules : {}),
    }),
    ...(program === undefined ? {} : { "package.json": JSON.stringify(manifest) }),
    ".npmrc": `registry=${registry}\n`,
    ".yarnrc": `registry "${registry}"\n`,
    ".yarnrc.yml": [
      `nodeLinker: ${installer === "yarn pnp" ? "pnp" : "node-modules"}`,
      `npmRegistryServer: "${registry.replace(/\/$/, "")}"`,
      `unsafeHttpWhitelist: ["127.0.0.1"]`,
      "enableImmutableInstalls: false",
      "enableGlobalCache: false",
      "enableTelemetry: false",
      "npmMinimalAgeGate: 0\n",
    ].join("\n"),
  };
  for (const [file, text] of Object.entries(files)) await writeFile(join(project, file), text);
  await cp(join(projectRoot, "tests", "npm", "consumer"), project, { recursive: true });
  if (program !== undefined) await mustRun(program, args, project, cleanEnvironment(home, node));
  return { project, home };
}

/** Runs one turn, and checks what the program reports and which executable it ran. */
async function runTurn(
  installer: string,
  runtime: Runtime,
  { project, home }: Consumer,
  runtimePackage: string,
): Promise<void> {
  const program = tools.program(runtime);
  const args = runtime === "Bun" ? ["run"] : runtime === "Deno" ? ["run", "-A", "--quiet"] : [];
  // The hooks of Plug'n'Play.
  const loader = pathToFileURL(join(project, ".pnp.loader.mjs")).href;
  const hooks = `--require=${join(project, ".pnp.cjs")} --experimental-loader=${loader}`;
  const stdout = await mustRun(program, [...args, join(project, "turn.mjs")], project, {
    ...cleanEnvironment(home, program),
    ...(installer === "yarn pnp" ? { NODE_OPTIONS: hooks } : {}),
  });
  const { runtime: ran, executable, ...report } = JSON.parse(
    stdout.trimEnd().split("\n").at(-1) ?? "",
  );
  assert(ran.startsWith(runtime), ran);
  assertEquals(report, {
    ...{ sdk: RUNTIME_VERSION, codex: RUNTIME_VERSION, status: "completed" },
    ...{ finalResponse: "a turn", pieces: ["a ", "turn"], asked: "Say hello" },
  });
  const isInstalled = [project, home].some((one) => executable.startsWith(realpathSync(one)));
  assert(isInstalled && executable.includes(runtimePackage), `${executable} ran`);
}

function testInstallers(what: string, registry: string, runtimePackage: string): void {
  for (const [installer, { runtimes, quick }] of Object.entries(INSTALLERS)) {
    const some = !isQuick ? runtimes : quick === undefined ? [] : [quick];
    if (some.length === 0) continue;
    test(`${installer} installs ${what}, and a turn runs on ${some.join(", ")}`, async () => {
      await withScratch("codex-consumer-", async (folder) => {
        const isShared = isQuick && installer === "npm";
        const consumer = await (isShared ? npmConsumer() : install(installer, folder, registry));
        for (const runtime of some) await runTurn(installer, runtime, consumer, runtimePackage);
      });
    }, options);
  }
}

const registry = await startRegistry(join(work, "registry"), tools, [built], !isQuick);
if (isQuick) await publishLightRuntime(registry);
let installedByNpm: Promise<Consumer> | undefined;
/** The project that the tests without packages of their own share. */
const npmConsumer = (): Promise<Consumer> =>
  installedByNpm ??= install("npm", join(work, "npm-consumer"), registry);
testInstallers("the package", registry, "@openai");

const suites = [...filesUnder("tests/conformance", "_test.ts"), "tests/e2e/run_test.ts"]
  .filter((file) => !isQuick || !file.includes("sshd"));
for (const runtime of isQuick ? RUNTIMES.slice(0, 1) : RUNTIMES) {
  test(`the transports of the installed package conform on ${runtime}`, async () => {
    const { project, home } = await npmConsumer();
    const modules = join(project, "node_modules", name, "esm");
    const program = tools.program(runtime);
    const args = runtime === "Bun" ? ["test"] : runtime === "Deno" ? ["test", "-A"] : ["--test"];
    const compiled = join(project, "compiled");
    for (const folder of ["node_modules", "tests/_data"]) { // what the tests open by its path
      await mkdir(dirname(join(compiled, folder)), { recursive: true });
      await symlink(join(projectRoot, folder), join(compiled, folder)).catch(() => {});
    }
    for (const file of await compileTests(suites, modules, compiled)) {
      const env = cleanEnvironment(home, program);
      const { code, output } = await runCommand(program, [...args, file], { cwd: project, env });
      assertEquals(code, 0, output);
      assertMatch(output, /\b[1-9]\d* pass|pass [1-9]/);
    }
  }, options);
}

/** Runs the tests of a user on one runtime. */
async function runConsumer(
  { runs, passed }: ToolConsumer,
  runtime: Runtime,
  { project, home }: Consumer,
): Promise<void> {
  const program = tools.program(runtime);
  const env = { ...cleanEnvironment(home, program), NO_COLOR: "1" };
  for (const args of runs) {
    // Deno and its test runner have subcommands of their own.
    const own = runtime === "Deno" && args[0] !== "test" ? ["run", "-A", "--quiet"] : [];
    const { code, output } = await runCommand(program, [...own, ...args], { cwd: project, env });
    assertEquals(code, 0, output);
    if (args === runs.at(-1)) assertMatch(output, passed);
  }
}

for (const [what, consumer] of Object.entries(CONSUMERS)) {
  const { packages, runtimes } = consumer;
  if (isQuick && what !== "node:test") continue; // nothing else to install
  const some = isQuick ? runtimes.slice(0, 1) : runtimes;
  test(`the package works in ${what} on ${some.join(", ")}`, async () => {
    await withScratch("codex-consumer-", async (folder) => {
      const versions = Object.fromEntries(packages.map((one) => [one, VERSIONS[one]]));
      const installed = packages.length === 0
        ? await npmConsumer()
        : await install("npm", folder, registry, versions);
      await writeConsumer(installed.project, consumer, Object.keys(exports));
      for (const runtime of some) await runConsumer(consumer, runtime, installed);
    });
  }, options);
}

if (!isQuick) {
  const tag = `${process.platform}-${process.arch}`;
  const runtimePackage = "@codex-app-server/runtime";
  const staged = { runtime: join(work, "runtime"), sdk: join(work, "sdk") };
  await stageRuntime({
    folder: staged.runtime,
    input: join(projectRoot, "node_modules", "@openai", `codex-${tag}`),
    codexVersion: RUNTIME_VERSION,
    platformTag: tag,
    runtimePackage,
  });
  await stageSdk({
    ...{ folder: staged.sdk, runtimeVersion: RUNTIME_VERSION, runtimePackage },
    ...{ platformTags: [tag], built },
  });
  const packages = [staged.runtime, staged.sdk];
  // Nothing else is there, so `@openai/codex` cannot be installed.
  const own = await startRegistry(join(work, "staged-registry"), tools, packages, false);
  testInstallers("staged packages", own, runtimePackage);
}
