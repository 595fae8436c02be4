/** The cells of the matrix: what installs the package, what runs it, and what a cell has to come to. */
import { realpathSync } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { runCommand } from "../_lib/command.ts";
import { withScratch } from "../_lib/interruption.ts";
import { bunPath, denoPath, projectRoot } from "../_lib/project.ts";
import {
  cleanEnvironment,
  mustRun,
  programOf,
  type Runtime,
  RUNTIMES,
  type Tools,
} from "./tools.ts";

/** The package managers, in the order of the table: `yarn pnp` and `deno cache` make no `node_modules`. */
export const INSTALLERS = [
  "npm",
  "pnpm",
  "yarn",
  "yarn pnp",
  "yarn classic",
  "bun",
  "deno",
  "deno cache",
] as const;

/** A package manager. */
export type Installer = typeof INSTALLERS[number];

/** An installer with the runtimes that then use what it installed. */
export interface Row {
  readonly installer: Installer;
  readonly runtimes: readonly Runtime[];
}

/** What is run. */
export interface Plan {
  /** With the runtime's package from the public registry. */
  readonly published: readonly Row[];
  /** With staged packages. */
  readonly staged: readonly Row[];
  /** The conformance suite on the installed package. */
  readonly conformance: readonly Runtime[];
}

/** Returns the whole matrix; `quick`, each package manager and each runtime once, with nothing staged. */
export function cellsToRun(quick: boolean): Plan {
  if (!quick) {
    const all = INSTALLERS.map((installer): Row => ({
      installer,
      runtimes: installer === "deno cache"
        ? ["Deno"]
        : RUNTIMES.filter((one) => installer !== "yarn pnp" || one.startsWith("Node")),
    }));
    return { published: all, staged: all, conformance: RUNTIMES };
  }
  return {
    published: [
      { installer: "npm", runtimes: ["Node 20"] },
      { installer: "pnpm", runtimes: ["Node 22"] },
      { installer: "yarn", runtimes: ["Node 24"] },
      { installer: "bun", runtimes: ["Bun"] },
      { installer: "deno cache", runtimes: ["Deno"] },
    ],
    staged: [],
    conformance: ["Node 20"],
  };
}

/** A package and its version. */
export interface Sdk {
  readonly name: string;
  readonly version: string;
}

/** Where and what to install. */
export interface InstallOptions {
  readonly tools: Tools;
  /** The URL of the registry. */
  readonly registry: string;
  /** The folder of the user's project, which is made. */
  readonly project: string;
  /** The home of the user, with the caches of the package managers. */
  readonly home: string;
  readonly sdk: Sdk;
}

/** Makes a project that depends on the package, and installs it from the registry. */
export async function install(installer: Installer, options: InstallOptions): Promise<void> {
  const { project, home, registry, tools, sdk: { name, version } } = options;
  await mkdir(project, { recursive: true });
  await mkdir(home, { recursive: true });
  const isCache = installer === "deno cache";
  const deno = {
    minimumDependencyAge: 0, // Deno refuses packages of the last 24 hours by default
    // Fetched at the first import, and kept in Deno's cache alone.
    ...(isCache ? { imports: { [name]: `npm:${name}@${version}` }, nodeModulesDir: "none" } : {}),
  };
  const dependencies = { [name]: version };
  const files = {
    "deno.json": deno,
    ...(isCache ? {} : {
      "package.json": { name: "consumer", private: true, type: "module", dependencies },
    }),
    ".npmrc": `registry=${registry}\n`,
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
  for (const [file, content] of Object.entries(files)) {
    const text = typeof content === "string" ? content : JSON.stringify(content, null, 2);
    await writeFile(join(project, file), text);
  }
  const [program, ...args] = commandOf(installer, tools, registry);
  if (program === undefined) return;
  await mustRun(program, args, project, cleanEnvironment(home, tools.node("24")));
}

/** Returns the command that installs; empty for `deno cache`. */
function commandOf(installer: Installer, tools: Tools, registry: string): readonly string[] {
  const node = tools.node("24");
  switch (installer) {
    case "npm":
      return ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"];
    case "pnpm":
      return [node, tools.path("pnpm/bin/pnpm.cjs"), "install", "--no-frozen-lockfile"];
    case "yarn":
    case "yarn pnp":
      return [node, tools.path("@yarnpkg/cli-dist/bin/yarn.js"), "install"];
    case "yarn classic": {
      const flags = ["--non-interactive", "--no-lockfile", `--registry=${registry}`];
      return [node, tools.path("yarn/bin/yarn.js"), "install", ...flags];
    }
    case "bun":
      return [bunPath(), "install"];
    case "deno":
      return [denoPath(), "install", "--quiet"];
    case "deno cache":
      return [];
  }
}

/** Returns the version of each installer. */
export async function installerVersions(
  tools: Tools,
): Promise<Partial<Record<Installer, string>>> {
  const versions: Partial<Record<Installer, string>> = {};
  for (const installer of INSTALLERS) {
    const command = commandOf(installer, tools, "");
    const [program, ...script] = command.slice(0, command.indexOf("install"));
    if (program === undefined) continue;
    const output = await mustRun(program, [...script, "--version"], tmpdir());
    versions[installer] = /\d+\.\d+\.\d+\S*/.exec(output)?.[0] ?? "";
  }
  return versions;
}

/** A cell of the table. */
export interface Cell {
  readonly installer: Installer;
  readonly runtime: Runtime;
  /** The version of the runtime that ran a turn, such as `Node 20.20.2`, or why there was no turn. */
  readonly result: string | Error;
}

/** What the cells are run with. */
export interface CellOptions extends Omit<InstallOptions, "project" | "home"> {
  /** Part of the path of the executable that must run. */
  readonly executable: string;
  readonly log: (line: string) => void;
}

/** Installs the package once for each row, in its own project and home, and runs a turn in each cell. */
export async function runRows(rows: readonly Row[], options: CellOptions): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const { installer, runtimes } of rows) {
    await withScratch("codex-consumer-", async (folder) => {
      const place = { project: join(folder, "project"), home: join(folder, "home") };
      const started = performance.now();
      const installed = await caught(install(installer, { ...options, ...place }));
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      options.log(`${installer}: installed in ${seconds} s`);
      for (const runtime of runtimes) {
        const result = installed instanceof Error
          ? installed
          : await caught(runTurn(installer, runtime, { ...options, ...place }));
        const outcome = result instanceof Error ? `FAILED ${result.message}` : "a turn";
        options.log(`${installer}, ${runtime}: ${outcome}`);
        cells.push({ installer, runtime, result });
      }
    });
  }
  return cells;
}

async function caught<T>(promise: Promise<T>): Promise<T | Error> {
  try {
    return await promise;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Runs one turn and checks what the program reports. */
async function runTurn(
  installer: Installer,
  runtime: Runtime,
  { tools, project, home, executable }: CellOptions & InstallOptions,
): Promise<string> {
  const file = join(project, "turn.mjs");
  await copyFile(join(projectRoot, "tests", "npm", "consumer", "turn.mjs"), file);
  const program = programOf(runtime, tools);
  const args = runtime === "Bun" ? ["run"] : runtime === "Deno" ? ["run", "-A", "--quiet"] : [];
  // The hooks of Plug'n'Play.
  const loader = pathToFileURL(join(project, ".pnp.loader.mjs")).href;
  const hooks = `--require=${join(project, ".pnp.cjs")} --experimental-loader=${loader}`;
  const env = installer === "yarn pnp" ? { NODE_OPTIONS: hooks } : {};
  const run = await runCommand(program, [...args, file], {
    cwd: project,
    env: { ...cleanEnvironment(home, program), ...env },
    timeoutMs: 120_000,
  });
  const fail = (reason: string): never => {
    throw new Error(`${runtime}: ${reason}\n${run.output.slice(-4_000)}`);
  };
  if (run.timedOut) return fail("the program did not end");
  if (run.code !== 0) return fail(`the program exited with code ${run.code}`);
  const report = JSON.parse(run.stdout.trimEnd().split("\n").at(-1) ?? "{}");
  const expected = {
    ...{ sdk: RUNTIME_VERSION, codex: RUNTIME_VERSION, status: "completed" },
    ...{ finalResponse: "a turn", pieces: ["a ", "turn"], asked: "Say hello" },
  };
  const wrong = Object.entries(expected).filter(([key, value]) => {
    return JSON.stringify(report[key]) !== JSON.stringify(value);
  });
  if (wrong.length > 0) return fail(`not as expected: ${wrong.map(([key]) => key).join(", ")}`);
  const ran = String(report.executable);
  const isInstalled = [project, home].some((folder) => ran.startsWith(`${realpathSync(folder)}/`));
  if (process.platform === "linux" && !(isInstalled && ran.includes(executable))) {
    return fail(`the binary of another place ran: ${ran}`);
  }
  return report.runtime;
}
