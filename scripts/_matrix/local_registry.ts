import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { cleanEnvironment } from "./environment.ts";
import { mustRun, type Tools } from "./tools.ts";

/** What a registry is started with. */
export interface RegistryOptions {
  /** A new folder for what is published, what passes through, and the settings. */
  readonly folder: string;
  readonly tools: Tools;
  /** The registry that everything else is fetched from; without it there is nothing but what is published. */
  readonly upstream?: Upstream | undefined;
}

/** The registry that npm is configured with. */
export interface Upstream {
  readonly url: string;
  /** The certificates that npm trusts it by, when they are not the usual ones. */
  readonly cafile?: string;
}

/** Asks npm which registry it uses. */
export async function configuredUpstream(): Promise<Upstream> {
  const ask = async (key: string): Promise<string> =>
    (await mustRun("npm", ["config", "get", key], process.cwd())).trim();
  const [url, cafile] = [await ask("registry"), await ask("cafile")];
  return { url, ...(cafile === "" || cafile === "null" ? {} : { cafile }) };
}

/** An npm registry on loopback, on a port of its own, that ends with this process. */
export class LocalRegistry {
  readonly url: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #folder: string;
  readonly #tools: Tools;

  private constructor(
    url: string,
    child: ChildProcessWithoutNullStreams,
    { folder, tools }: RegistryOptions,
  ) {
    this.url = url;
    this.#child = child;
    this.#folder = folder;
    this.#tools = tools;
  }

  /** Starts one and waits until it listens. */
  static async start(options: RegistryOptions): Promise<LocalRegistry> {
    const { folder, tools, upstream } = options;
    const script = fileURLToPath(new URL("registry_process.mjs", import.meta.url));
    const settings = JSON.stringify(settingsFor(folder, upstream));
    const child = spawn(tools.node("24"), [script, tools.path("verdaccio"), settings], {
      cwd: folder,
      env: {
        ...process.env,
        ...(upstream?.cafile === undefined ? {} : { NODE_EXTRA_CA_CERTS: upstream.cafile }),
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const port = await portOf(child);
    return new LocalRegistry(`http://127.0.0.1:${port}/`, child, options);
  }

  /** Packs a folder and publishes it; pnpm packs 370 MB in a quarter of npm's time, as it may compress less. */
  async publish(folder: string, packer: "npm" | "pnpm" = "npm"): Promise<void> {
    const packed = packer === "npm" ? [] : [await this.#packQuickly(folder)];
    const config = join(this.#folder, "npmrc");
    const host = this.url.replace(/^http:/, "");
    await writeFile(config, `registry=${this.url}\n${host}:_authToken=anyone\n`);
    await mustRun(
      "npm",
      // npm wants to be told the tag of a candidate.
      ["publish", ...packed, "--tag=latest", `--userconfig=${config}`, "--loglevel=error"],
      folder,
      cleanEnvironment(this.#folder),
    );
  }

  async #packQuickly(folder: string): Promise<string> {
    const pnpm = this.#tools.path("pnpm/bin/pnpm.cjs");
    const target = await mkdtemp(join(this.#folder, "packed-"));
    const args = [pnpm, "pack", "--pack-gzip-level=1", `--pack-destination=${target}`];
    await mustRun(this.#tools.node("24"), args, folder, cleanEnvironment(this.#folder));
    return join(target, (await readdir(target))[0] ?? "");
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

/** The first line tells the port; what comes afterwards is the registry's log. */
function portOf(child: ChildProcessWithoutNullStreams): Promise<number> {
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => log += text);
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const port = /^\{"port":(\d+)\}$/.exec(line)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.once("error", reject);
    child.once(
      "exit",
      (code) => reject(new Error(`The registry ended with code ${code}:\n${log}`)),
    );
  });
}

function settingsFor(folder: string, upstream: Upstream | undefined): Record<string, unknown> {
  const anyone = { access: "$all", publish: "$all" };
  return {
    self_path: folder,
    storage: join(folder, "storage"),
    auth: { htpasswd: { file: join(folder, "htpasswd"), max_users: -1 } },
    uplinks: upstream === undefined ? {} : { upstream: { url: upstream.url, timeout: "120s" } },
    packages: {
      "@codex-app-server/*": anyone,
      "**": upstream === undefined ? anyone : { ...anyone, proxy: "upstream" },
    },
    // A package of the runtime has 150 MB, sent as text.
    max_body_size: "2000mb",
    log: { type: "stdout", format: "json", level: "warn" },
    web: { enable: false },
  };
}
