/** A minimal client for the real binary: lines of JSON over `node:child_process`, for tests below the SDK's own client. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { arch, platform } from "node:os";
import { fileURLToPath } from "node:url";
import { Arrivals } from "../../src/testing/arrivals.ts";
import type { WaitOptions } from "../../src/testing/arrivals.ts";

export type Json = Record<string, unknown>;

/** A message from the server, with `method`, `id` or both. */
export interface WireMessage {
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Json;
  readonly result?: Json;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export interface RawClientOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** The native executable of the pinned package. */
export function codexBinary(): string {
  const folder = new URL(
    `../../node_modules/@openai/codex-${platform()}-${arch()}/vendor/`,
    import.meta.url,
  );
  const triples = [
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "aarch64-pc-windows-msvc",
  ];
  for (const triple of triples) {
    for (const name of ["codex", "codex.exe"]) {
      const file = fileURLToPath(new URL(`${triple}/bin/${name}`, folder));
      if (existsSync(file)) return file;
    }
  }
  throw new Error(`Cannot find the codex executable in ${folder}`);
}

export class RawClient implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #messages: Arrivals<WireMessage> = new Arrivals();
  readonly #exited: Promise<number | null>;
  #stderr = "";
  #nextId = 1;

  constructor(options: RawClientOptions) {
    this.#child = spawn(codexBinary(), ["app-server", "--listen", "stdio://"], {
      env: { ...process.env, ...options.env },
      cwd: options.cwd,
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#exited = new Promise((resolve) => this.#child.once("close", (code) => resolve(code)));
    let rest = "";
    this.#child.stdout?.setEncoding("utf8");
    this.#child.stdout?.on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#messages.add(JSON.parse(line) as WireMessage);
    });
    this.#child.stderr?.setEncoding("utf8");
    this.#child.stderr?.on("data", (chunk: string) => this.#stderr += chunk);
    this.#child.stdin?.on("error", () => {});
  }

  /** Starts the binary and performs the handshake. */
  static async start(options: RawClientOptions): Promise<RawClient> {
    const client = new RawClient(options);
    await client.call("initialize", {
      clientInfo: { name: "raw_client", title: "Raw", version: "0.0.0" },
      capabilities: { experimentalApi: true },
    });
    client.send({ method: "initialized" });
    return client;
  }

  /** Everything the server wrote, in order. */
  get messages(): readonly WireMessage[] {
    return this.#messages.all;
  }

  get stderr(): string {
    return this.#stderr;
  }

  send(message: Json): void {
    this.sendRaw(`${JSON.stringify(message)}\n`);
  }

  sendRaw(bytes: string | Uint8Array): void {
    this.#child.stdin?.write(bytes);
  }

  /** Sends a request and returns the complete reply, error or not. */
  request(method: string, params: unknown, options: WaitOptions = {}): Promise<WireMessage> {
    const id = this.#nextId++;
    this.send({ id, method, params } as Json);
    return this.wait(
      `the reply to ${method}`,
      (m) => m.id === id && m.method === undefined,
      options,
    );
  }

  /** Sends a request and returns its result; rejects on an error. */
  async call(method: string, params: unknown): Promise<Json> {
    const reply = await this.request(method, params);
    if (reply.result === undefined) throw new Error(`${method}: ${JSON.stringify(reply.error)}`);
    return reply.result;
  }

  /** Waits for the first matching message that no earlier wait has taken. */
  wait(
    what: string,
    matches: (message: WireMessage) => boolean,
    options: WaitOptions = { timeoutMs: 10_000 },
  ): Promise<WireMessage> {
    return this.#messages.take(matches, { what, describe: describeMessage }, options);
  }

  /** Waits for a notification or request from the server. */
  waitFor(method: string, matches: (params: Json) => boolean = () => true): Promise<Json> {
    return this.wait(method, (m) => m.method === method && matches(m.params ?? {}))
      .then(({ params }) => params ?? {});
  }

  /** Closes stdin and waits for the exit. */
  async close(): Promise<number | null> {
    this.#child.stdin?.end();
    const force = setTimeout(() => this.#child.kill("SIGKILL"), 5_000);
    const code = await this.#exited;
    clearTimeout(force);
    this.#messages.close("the binary has exited");
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function describeMessage(message: WireMessage): string {
  if (message.method !== undefined) return message.method;
  return `${message.error === undefined ? "result" : "error"} of ${message.id}`;
}
