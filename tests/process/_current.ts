/** The current runtime, the real binary, and ways to start small programs. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { ChildProcess, Host } from "../../src/process/host.ts";
import { targetTriple } from "../../src/process/runtime_package.ts";
import type { StdioOptions } from "../../src/process/stdio_options.ts";
import type { Connect } from "../../src/transport/transport.ts";

interface TransportModule {
  host(): Host;
  stdio(options?: StdioOptions): Connect;
}

/** `"deno"`, `"bun"` or `"node"`. */
export const runtime: "deno" | "bun" | "node" = "Bun" in globalThis
  ? "bun"
  : "Deno" in globalThis
  ? "deno"
  : "node";

/** The transport module of the current runtime. */
export const current: TransportModule = await import(`../../transports/${runtime}.ts`);

/** The folder of the project, without a trailing separator. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

/** The folder of the package with the real binary for this machine. */
export const platformPackage: string = join(
  root,
  `node_modules/@openai/codex-${process.platform}-${process.arch}`,
);

/** The real binary. */
export const codex: string = join(
  platformPackage,
  `vendor/${targetTriple(process.platform, process.arch)}/bin`,
  process.platform === "win32" ? "codex.exe" : "codex",
);

/** Starts a shell script with the current runtime's spawner. */
export function shell(script: string, ...args: string[]): Promise<ChildProcess> {
  return current.host().spawn({
    command: "/bin/sh",
    args: ["-c", script, "sh", ...args],
    env: environment(),
  });
}

/** The environment of the tests. */
export function environment(): Record<string, string> {
  return { ...current.host().environment() };
}

/** The command line that runs a TypeScript file on the current runtime. */
export function scriptCommand(file: string, ...flags: string[]): string[] {
  if (runtime === "deno") return [process.execPath, "run", "--no-prompt", ...flags, file];
  if (runtime === "bun" || !/\.m?ts$/.test(file)) return [process.execPath, file];
  const tsx = new URL("../../node_modules/tsx/dist/loader.mjs", import.meta.url).href;
  return [process.execPath, "--import", tsx, file];
}

/** A program's output and how it ended. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: string | null;
}

/** A line of input, and the text that the program prints before it is written. */
export type Line = readonly [after: string, line: string];

/** Runs a program to its end. */
export async function output(
  command: readonly string[],
  options: { env?: Record<string, string>; cwd?: string; input?: string | readonly Line[] } = {},
): Promise<Output> {
  const [program = "", ...args] = command;
  const child = await current.host().spawn({
    command: program,
    args,
    env: options.env ?? environment(),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const writer = child.stdin.getWriter();
  let seen = "";
  const feed = async (): Promise<void> => {
    const { input = "" } = options;
    const lines: readonly Line[] = typeof input === "string" ? [["", input]] : input;
    let from = 0;
    for (const [after, line] of lines) {
      await until(() => seen.includes(after, from), 60_000);
      from = seen.indexOf(after, from) + after.length;
      if (line !== "") await writer.write(new TextEncoder().encode(line));
    }
    await writer.close();
  };
  const [stdout, stderr, exit] = await Promise.all([
    text(child.stdout, (piece) => seen += piece),
    text(child.stderr),
    child.exited,
    feed(),
  ]);
  return { stdout, stderr, ...exit };
}

/** Reads a byte stream as text. */
export async function text(
  stream: ReadableStream<Uint8Array>,
  onPiece: (piece: string) => void = () => {},
): Promise<string> {
  const decoder = new TextDecoder();
  let result = "";
  for await (const chunk of stream) {
    const piece = decoder.decode(chunk, { stream: true });
    result += piece;
    onPiece(piece);
  }
  return result + decoder.decode();
}

/** Runs a function with a fresh folder, and removes it afterwards. */
export async function withFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "codex-sdk-"));
  try {
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Waits for a condition; fails after the limit. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  limitMs: number = 60_000,
): Promise<void> {
  const end = Date.now() + limitMs;
  while (!await holds()) {
    if (Date.now() > end) throw new Error(`Not so within ${limitMs} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Returns whether a process exists and is not a zombie. */
export async function isAlive(pid: number): Promise<boolean> {
  // macOS has no /proc, and a slim Linux no `ps`.
  const script = `cat /proc/${pid}/stat 2>/dev/null || ps -o stat= -p ${pid} || true`;
  const { stdout } = await output(["/bin/sh", "-c", script]);
  return stdout !== "" && !/\) Z |^Z/.test(stdout);
}
