/**
 * The two registries of a program under Deno, on loopback: the SDK's files over http, and the binary as an npm
 * package.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import process from "node:process";
import { createGzip } from "node:zlib";
import { runCommand } from "../../scripts/_lib/command.ts";
import { denoPath, projectRoot } from "../../scripts/_lib/project.ts";
import { targetTriple } from "../../src/process/runtime_package.ts";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";

const platform = `${process.platform}-${process.arch}`;

/** Where the package of this machine's platform keeps the executable. */
export function executableIn(folder: string): string {
  const triple = targetTriple(process.platform, process.arch) ?? "none";
  return join(folder, "vendor", triple, "bin", "codex");
}

/** The files that a publication would upload, from the root of the project, as Deno lists them. */
export async function publishedFiles(): Promise<ReadonlySet<string>> {
  const args = ["publish", "--dry-run", "--allow-dirty", "--no-check"];
  const { code, output } = await runCommand(denoPath(), args, { timeoutMs: 60_000 });
  if (code !== 0) throw new Error(`deno publish --dry-run failed: ${output}`);
  const root = new URL("../../", import.meta.url).href;
  const urls = [...output.matchAll(/^\s*(file:\S+) \([\d.]+\w+\)$/gm)].map(([, url = ""]) => url);
  return new Set(urls.map((url) => url.slice(root.length)));
}

/** Serves the package's files, and an npm registry with only the runtime of this machine. */
export class HttpRegistries implements AsyncDisposable {
  /** The paths of all requests, in order. */
  readonly requests: string[] = [];
  readonly #files: ReadonlySet<string>;
  /** A folder that contains `package`, the content of the platform package's archive. */
  readonly #archive: string;
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });

  private constructor(files: ReadonlySet<string>, archive: string) {
    this.#files = files;
    this.#archive = archive;
  }

  static async start(folder: string): Promise<HttpRegistries> {
    const installed = join(projectRoot, "node_modules", "@openai", `codex-${platform}`);
    const archive = join(folder, "archive");
    const binary = executableIn(".");
    await mkdir(join(archive, "package", dirname(binary)), { recursive: true });
    for (const file of ["package.json", binary]) {
      await symlink(join(installed, file), join(archive, "package", file));
    }
    const registries = new HttpRegistries(await publishedFiles(), archive);
    registries.#server.listen(0, "127.0.0.1");
    await once(registries.#server, "listening");
    return registries;
  }

  /** `127.0.0.1:PORT`. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer({ url = "" }: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(url.slice(1));
    this.requests.push(path);
    if (path === "npm/@openai/codex") return this.#metadata(response);
    if (path === "npm/whole.tgz") return this.#send(response, "@openai/codex/package.json");
    if (path === "npm/platform.tgz") return this.#send(response);
    if (!this.#files.has(path)) return void response.writeHead(404).end();
    const type = path.endsWith(".ts") ? "application/typescript" : "text/plain";
    response.writeHead(200, { "content-type": type });
    response.end(await readFile(join(projectRoot, path)));
  }

  #metadata(response: ServerResponse): void {
    const [system, cpu] = platform.split("-");
    const forPlatform = `${RUNTIME_VERSION}-${platform}`;
    const dist = (file: string): object => ({ tarball: `http://${this.host}/npm/${file}` });
    const name = "@openai/codex";
    const versions = {
      [RUNTIME_VERSION]: {
        ...{ name, version: RUNTIME_VERSION, dist: dist("whole.tgz") },
        optionalDependencies: { [`${name}-${platform}`]: `npm:${name}@${forPlatform}` },
      },
      [forPlatform]: {
        ...{ name, version: forPlatform, os: [system], cpu: [cpu], dist: dist("platform.tgz") },
      },
    };
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ name, versions, "dist-tags": { latest: RUNTIME_VERSION } }));
  }

  /** Packs while sending, without compression: compressing 300 MB would only take time. */
  async #send(response: ServerResponse, manifest?: string): Promise<void> {
    const args = manifest === undefined
      ? ["-chf", "-", "-C", this.#archive, "package"]
      : ["-cf", "-", "-C", join(projectRoot, "node_modules", "@openai"), "codex"];
    const tar = spawn("tar", args, { stdio: ["ignore", "pipe", "inherit"] });
    response.writeHead(200, { "content-type": "application/octet-stream" });
    tar.stdout.pipe(createGzip({ level: 0 })).pipe(response);
    await once(tar, "close");
  }
}
