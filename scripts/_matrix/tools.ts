/** What the matrix runs with: installers, versions of Node, a registry, and the environment of a user with nothing else. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { loopbackEnv } from "../../src/testing/loopback.ts";
import { runCommand } from "../_lib/command.ts";
import { withScratch } from "../_lib/interruption.ts";
import { bunPath, denoPath, projectRoot } from "../_lib/project.ts";

/** The versions of Node that the package is run with. */
export const NODE_VERSIONS = ["20", "22", "24"] as const;

/** A major version of Node. */
export type NodeVersion = typeof NODE_VERSIONS[number];

/** What runs a program. */
export type Runtime = `Node ${NodeVersion}` | "Bun" | "Deno";

/** Every runtime, in the order of the tables. */
export const RUNTIMES: readonly Runtime[] = ["Node 20", "Node 22", "Node 24", "Bun", "Deno"];

/** The programs of the matrix that the project itself does not need. */
export interface Tools {
  /** Returns the path of a file of an installed tool, such as `pnpm/bin/pnpm.cjs`. */
  path(file: string): string;
  /** Returns the executable of Node in a major version. */
  node(version: NodeVersion): string;
}

/** Installs what `tools/package-lock.json` names, once for each content of that file: 600 MB. */
export async function installTools(log: (line: string) => void): Promise<Tools> {
  const source = join(projectRoot, "scripts", "_matrix", "tools");
  const files = ["package.json", "package-lock.json"];
  const hash = createHash("sha256");
  for (const file of files) hash.update(await readFile(join(source, file)));
  const caches = join(projectRoot, "node_modules", ".cache");
  const folder = join(caches, `codex-matrix-tools-${hash.digest("hex").slice(0, 12)}`);
  if (!existsSync(folder)) {
    log("Installing the tools of the matrix (once)");
    await mkdir(caches, { recursive: true });
    await withScratch(`${folder}-`, async (unfinished) => {
      for (const file of files) await copyFile(join(source, file), join(unfinished, file));
      await mustRun("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], unfinished);
      // Another run may have been faster.
      if (!existsSync(folder)) await rename(unfinished, folder);
    });
  }
  const path = (file: string): string => join(folder, "node_modules", file);
  return {
    path,
    node(version): string {
      const { platform, arch } = process;
      const program = path(`node-${version}-${platform}-${arch}/bin/node`);
      if (existsSync(program)) return program;
      throw new Error(`Cannot run the matrix on ${platform}-${arch}: its tools are for Linux`);
    },
  };
}

/** Returns the executable of a runtime. */
export function programOf(runtime: Runtime, tools: Tools): string {
  if (runtime === "Bun") return bunPath();
  if (runtime === "Deno") return denoPath();
  return tools.node(runtime.slice("Node ".length) as NodeVersion);
}

/** Environment variables; `undefined` unsets what would be inherited. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the environment of a user with nothing but a home: none of the project's programs on the PATH, and no settings
 * of package managers or of Codex. The registry of the matrix is reached without a proxy.
 */
export function cleanEnvironment(home: string, ...programs: string[]): Environment {
  const system = (process.env["PATH"] ?? "").split(delimiter)
    .filter((folder) => folder !== "" && !folder.includes("node_modules"));
  const cleared = Object.keys(process.env).filter((name) => {
    return /^(?:npm_|codex|openai|deno|bun|yarn|pnpm|node_|xdg_)/i.test(name);
  });
  const homes = ["HOME", "TMPDIR", "TEMP", "TMP", "USERPROFILE", "LOCALAPPDATA", "APPDATA"];
  return {
    ...Object.fromEntries(cleared.map((name) => [name, undefined])),
    ...loopbackEnv(),
    ...Object.fromEntries(homes.map((name) => [name, home])),
    // Yarn Classic ignores the home of root.
    YARN_CACHE_FOLDER: join(home, "yarn"),
    PATH: [...programs.map((program) => dirname(program)), ...system].join(delimiter),
  };
}

/** Runs a command that must succeed, and returns its standard output. */
export async function mustRun(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Environment = {},
): Promise<string> {
  const run = await runCommand(program, args, { cwd, env });
  if (run.code === 0) return run.stdout;
  const end = run.timedOut ? "did not end" : `exited with code ${run.code}`;
  throw new Error(`${program} ${args.join(" ")} ${end}:\n${run.output.slice(-4_000)}`);
}

/** Runs Verdaccio until its standard input ends, so that it never outlives this process; prints its port. */
const VERDACCIO = `
import { once } from "node:events";
import { createRequire } from "node:module";
const [module, settings] = process.argv.slice(1);
const { runServer } = createRequire(process.cwd() + "/")(module);
const server = await runServer(JSON.parse(settings));
server.listen(0, "127.0.0.1");
await once(server, "listening");
console.log(JSON.stringify({ port: server.address().port }));
process.stdin.on("end", () => process.exit(0)).resume();
`;

/** An npm registry on loopback. */
export class LocalRegistry {
  readonly url: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #folder: string;

  private constructor(url: string, child: ChildProcessWithoutNullStreams, folder: string) {
    this.url = url;
    this.#child = child;
    this.#folder = folder;
  }

  /**
   * Starts a registry and waits until it listens.
   *
   * @param folder an empty folder for its storage
   * @param proxy whether everything else comes from the registry that npm is configured with
   */
  static async start(folder: string, tools: Tools, proxy: boolean): Promise<LocalRegistry> {
    await mkdir(folder, { recursive: true });
    const ask = async (key: string): Promise<string> =>
      (await mustRun("npm", ["config", "get", key], projectRoot)).trim();
    const cafile = proxy ? await ask("cafile") : "";
    const anyone = { access: "$all", publish: "$all" };
    const settings = {
      self_path: folder,
      storage: join(folder, "storage"),
      auth: { htpasswd: { file: join(folder, "htpasswd"), max_users: -1 } },
      uplinks: proxy ? { upstream: { url: await ask("registry"), timeout: "120s" } } : {},
      packages: {
        "@codex-app-server/*": anyone,
        "**": proxy ? { ...anyone, proxy: "upstream" } : anyone,
      },
      max_body_size: "2000mb", // a package of the runtime has 150 MB
      log: { type: "stdout", format: "json", level: "warn" },
      web: { enable: false },
    };
    const script = ["--input-type=module", "--eval", VERDACCIO];
    const args = [...script, tools.path("verdaccio"), JSON.stringify(settings)];
    const certificates = /^(?:|null)$/.test(cafile) ? {} : { NODE_EXTRA_CA_CERTS: cafile };
    const env = { ...process.env, ...certificates };
    const child = spawn(tools.node("24"), args, { cwd: folder, env, stdio: "pipe" });
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => log += text);
    const port = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        const found = /^\{"port":(\d+)\}$/.exec(line)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`The registry exited with ${code}:\n${log}`)));
    });
    return new LocalRegistry(`http://127.0.0.1:${port}/`, child, folder);
  }

  /** Packs and publishes a folder. */
  async publish(folder: string): Promise<void> {
    const config = join(this.#folder, "npmrc");
    const host = this.url.replace(/^http:/, "");
    await writeFile(config, `registry=${this.url}\n${host}:_authToken=anyone\n`);
    const flags = ["--tag=latest", `--userconfig=${config}`, "--loglevel=error"];
    await mustRun("npm", ["publish", ...flags], folder, cleanEnvironment(this.#folder));
  }

  /** Ends the process. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin.end();
    const limit = setTimeout(() => this.#child.kill("SIGKILL"), 5_000);
    await exited;
    clearTimeout(limit);
  }
}
