/**
 * Starts `codex app-server` under Bun, with `Bun.spawn`.
 *
 * @module
 */
import type { ChildExit, ChildProcess, Host, SpawnCommand } from "../src/process/host.ts";
import { connectStdio } from "../src/process/stdio.ts";
import type { StdioOptions } from "../src/process/stdio_options.ts";
import type { Connect } from "../src/transport/transport.ts";
import { nodeHost } from "./node_host.ts";

export type {
  ChildExit,
  ChildProcess,
  Host,
  PathKind,
  Spawn,
  SpawnCommand,
} from "../src/process/host.ts";

/**
 * Creates the function that starts the app-server under Bun.
 *
 * @example
 * ```ts
 * import { stdio } from "@codex-app-server/sdk/transports/bun";
 *
 * const connect = stdio({ codexBin: "/usr/local/bin/codex" });
 * ```
 */
export function stdio(options: StdioOptions = {}): Connect {
  return connectStdio(host, options);
}

/**
 * Starts a program with `Bun.spawn`.
 *
 * @example
 * ```ts
 * import { spawn } from "@codex-app-server/sdk/transports/bun";
 *
 * async function versionExit(codexBin: string): Promise<number | null> {
 *   const child = await spawn({ command: codexBin, args: ["--version"], env: {} });
 *   return (await child.exited).code;
 * }
 * ```
 */
// deno-lint-ignore require-await -- a failed start must reject
export async function spawn({ command, args, cwd, env }: SpawnCommand): Promise<ChildProcess> {
  const child = bunApi().spawn({
    cmd: [command, ...args],
    ...(cwd === undefined ? {} : { cwd }),
    env,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    windowsHide: true,
  });
  return toChildProcess(child);
}

/**
 * Describes Bun and the machine it runs on.
 *
 * @example
 * ```ts
 * import { host } from "@codex-app-server/sdk/transports/bun";
 *
 * const target = (): string => `${host().platform}-${host().arch}`;
 * ```
 */
export function host(): Host {
  return nodeHost({ runtime: "bun", spawn });
}

function toChildProcess(child: BunChild): ChildProcess {
  return {
    pid: child.pid,
    stdin: toWritable(child.stdin),
    stdout: child.stdout,
    stderr: child.stderr,
    // After a signal, `exited` is 128 plus its number; only the properties distinguish the two.
    exited: child.exited.then((): ChildExit =>
      child.signalCode === null
        ? { code: child.exitCode, signal: null }
        : { code: null, signal: child.signalCode }
    ),
    kill(signal): void {
      try {
        child.kill(signal);
      } catch {
        // It has already ended.
      }
    },
  };
}

/** Wraps a pipe for writing: only `flush()` waits for the reader. */
function toWritable(sink: FileSink): WritableStream<Uint8Array> {
  const end = async (): Promise<void> => {
    try {
      await sink.end();
    } catch {
      // The reader is already gone.
    }
  };
  return new WritableStream<Uint8Array>({
    async write(chunk): Promise<void> {
      await sink.write(chunk);
      await sink.flush();
    },
    close: end,
    abort: end,
  });
}

interface FileSink {
  write(chunk: Uint8Array): number | Promise<number>;
  flush(): number | Promise<number>;
  end(): number | Promise<number>;
}

interface BunChild {
  readonly pid: number;
  readonly stdin: FileSink;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly exited: Promise<number>;
  readonly exitCode: number | null;
  readonly signalCode: string | null;
  kill(signal: string): void;
}

interface BunLike {
  spawn(options: {
    readonly cmd: readonly string[];
    readonly cwd?: string;
    readonly env: Readonly<Record<string, string>>;
    readonly stdin: "pipe";
    readonly stdout: "pipe";
    readonly stderr: "pipe";
    readonly windowsHide: boolean;
  }): BunChild;
}

function bunApi(): BunLike {
  return (globalThis as unknown as { Bun: BunLike }).Bun;
}
