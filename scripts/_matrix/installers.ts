import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bunPath, denoPath } from "../_lib/project.ts";
import { cleanEnvironment, type Environment } from "./environment.ts";
import { mustRun, type Tools } from "./tools.ts";

/** What installs a package, in the order of the table. */
export const INSTALLERS: readonly Installer[] = [
  "npm",
  "pnpm",
  "yarn",
  "yarn pnp",
  "yarn classic",
  "bun",
  "deno",
  "deno cache",
];

/** A package manager; `yarn pnp` is Yarn without `node_modules`, `deno cache` is Deno without. */
export type Installer =
  | "npm"
  | "pnpm"
  | "yarn"
  | "yarn pnp"
  | "yarn classic"
  | "bun"
  | "deno"
  | "deno cache";

/** Where and what to install. */
export interface InstallOptions {
  readonly tools: Tools;
  readonly registry: string;
  /** The folder of the user's project, which is made. */
  readonly project: string;
  /** The home of the user, with the caches of the package managers. */
  readonly home: string;
  /** Packages and their versions. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Makes a project that depends on the packages, and installs them from the registry. */
export async function install(installer: Installer, options: InstallOptions): Promise<void> {
  const { project, home, registry, tools, dependencies } = options;
  await mkdir(project, { recursive: true });
  await mkdir(home, { recursive: true });
  const manifest = { name: "consumer", private: true, type: "module", dependencies };
  const files = {
    ...(installer === "deno cache"
      ? {
        "deno.json": { ...NEW_IS_FINE, imports: npmImports(dependencies), nodeModulesDir: "none" },
      }
      : { "package.json": manifest, "deno.json": NEW_IS_FINE }),
    ".npmrc": `registry=${registry}\n`,
    ".yarnrc.yml": yarnSettings(registry, installer === "yarn pnp" ? "pnp" : "node-modules"),
  };
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === "string" ? content : JSON.stringify(content, null, 2);
    await writeFile(join(project, name), text);
  }
  const command = commandOf(installer, tools, registry);
  if (command === undefined) return; // fetched at the first run
  const [program = "", ...args] = command;
  await mustRun(program, args, project, cleanEnvironment(home, tools.node("24")));
}

/** What a program needs in its environment to find what was installed: the hooks of Plug'n'Play. */
export function installedEnvironment(installer: Installer, project: string): Environment {
  if (installer !== "yarn pnp") return {};
  const [hook, loader] = [join(project, ".pnp.cjs"), join(project, ".pnp.loader.mjs")];
  return { NODE_OPTIONS: `--require=${hook} --experimental-loader=${pathToFileURL(loader).href}` };
}

/** The versions of the installers; `deno cache` is no other than Deno. */
export async function installerVersions(
  tools: Tools,
): Promise<Partial<Record<Installer, string>>> {
  const versions: Partial<Record<Installer, string>> = {};
  for (const installer of INSTALLERS) {
    const [program = "", ...args] = commandOf(installer, tools, "") ?? [];
    if (program === "") continue;
    // The tool without its `install`: a script is the first argument of Node.
    const script = args[0] !== undefined && /\.c?js$/.test(args[0]) ? [args[0]] : [];
    const told = await mustRun(program, [...script, "--version"], tmpdir());
    versions[installer] = /\d+\.\d+\.\d+\S*/.exec(told)?.[0] ?? "";
  }
  return versions;
}

function commandOf(
  installer: Installer,
  tools: Tools,
  registry: string,
): readonly string[] | undefined {
  const node = tools.node("24");
  switch (installer) {
    case "npm":
      return ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"];
    case "pnpm":
      return [node, tools.path("pnpm/bin/pnpm.cjs"), "install", "--no-frozen-lockfile"];
    case "yarn":
    case "yarn pnp":
      return [node, tools.path("@yarnpkg/cli-dist/bin/yarn.js"), "install"];
    case "yarn classic":
      return [
        node,
        tools.path("yarn/bin/yarn.js"),
        ...["install", "--non-interactive", "--no-lockfile", `--registry=${registry}`],
      ];
    case "bun":
      return [bunPath(), "install"];
    case "deno":
      return [denoPath(), "install", "--quiet"];
    case "deno cache":
      return undefined;
  }
}

/** Deno takes no package of the last 24 hours unless told. */
const NEW_IS_FINE = { minimumDependencyAge: 0 };

/** The packages by name, fetched by Deno at the first import and kept in its cache alone. */
function npmImports(dependencies: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(dependencies).map(([name, version]) => [name, `npm:${name}@${version}`]),
  );
}

/** Yarn wants to be told that loopback needs no encryption, and that a package may be new. */
function yarnSettings(registry: string, linker: string): string {
  return [
    `nodeLinker: ${linker}`,
    `npmRegistryServer: "${registry.replace(/\/$/, "")}"`,
    `unsafeHttpWhitelist: ["127.0.0.1"]`,
    "enableImmutableInstalls: false",
    "enableGlobalCache: false",
    "enableTelemetry: false",
    "npmMinimalAgeGate: 0",
    "",
  ].join("\n");
}
