/**
 * Starts `codex app-server` under Node, with `node:child_process`.
 *
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn as nodeSpawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { ChildExit, ChildProcess, Host, SpawnCommand } from "../src/process/host.ts";
import { connectStdio, type StdioOptions } from "../src/process/stdio.ts";
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
 * Creates the function that starts the app-server under Node.
 *
 * @example
 * ```ts
 * import { stdio } from "@codex-app-server/sdk/transports/node";
 *
 * const connect = stdio({ codexBin: "/usr/local/bin/codex" });
 * ```
 */
export function stdio(options: StdioOptions = {}): Connect {
  return connectStdio(host, options);
}

/**
 * Starts a program with `node:child_process`.
 *
 * @example
 * ```ts
 * import { spawn } from "@codex-app-server/sdk/transports/node";
 *
 * async function pidOf(codexBin: string): Promise<number> {
 *   return (await spawn({ command: codexBin, args: ["app-server"], env: {} })).pid;
 * }
 * ```
 */
export function spawn({ command, args, cwd, env }: SpawnCommand): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = nodeSpawn(command, [...args], {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...env },
      stdio: ["pipe", "pipe", "pipe"],
      windowsHide: true,
      shell: false,
    });
    child.once("error", reject);
    child.once("spawn", () => {
      child.off("error", reject);
      child.on("error", () => {}); // a signal that could not be sent
      try {
        resolve(toChildProcess(child));
      } catch (error) { // an environment without Web Streams, such as jest's jsdom
        child.once("close", () => reject(error));
        for (const pipe of child.stdio) pipe?.destroy(); // "close" waits for the pipes
        child.kill("SIGKILL");
      }
    });
  });
}

/**
 * Describes Node and the machine it runs on.
 *
 * @example
 * ```ts
 * import { host } from "@codex-app-server/sdk/transports/node";
 *
 * const hasPath = (): boolean => "PATH" in (host().environment() ?? {});
 * ```
 */
export function host(): Host {
  return nodeHost({ runtime: "node", spawn });
}

function toChildProcess(child: ChildProcessWithoutNullStreams): ChildProcess {
  return {
    pid: child.pid ?? 0,
    stdin: toWritable(child.stdin),
    stdout: toReadable(child.stdout),
    stderr: toReadable(child.stderr),
    exited: new Promise((resolve) => {
      child.once("exit", (code, signal): void => {
        const exit: ChildExit = signal === null ? { code, signal } : { code: null, signal };
        resolve(exit);
      });
    }),
    kill(signal): void {
      try {
        child.kill(signal);
      } catch {
        // It has already ended.
      }
    },
  };
}

/**
 * Wraps a pipe for writing: each write settles when the system accepted it, even if the pipe is destroyed meanwhile.
 */
function toWritable(pipe: Writable): WritableStream<Uint8Array> {
  pipe.on("error", () => {}); // reported by the failing write
  return new WritableStream<Uint8Array>({
    start(controller): void {
      controller.signal.addEventListener("abort", () => pipe.destroy(), { once: true });
    },
    write: (chunk): Promise<void> =>
      new Promise((resolve, reject) => {
        pipe.write(chunk, (error) => error ? reject(error) : resolve());
      }),
    close: (): Promise<void> =>
      new Promise((resolve) => {
        if (pipe.closed) return resolve(); // the process is already gone
        pipe.once("close", resolve);
        pipe.end();
      }),
    abort: (): void => void pipe.destroy(),
  });
}

/** Wraps a pipe for reading: reads only on demand, unlike `Readable.toWeb()`. */
function toReadable(pipe: Readable): ReadableStream<Uint8Array> {
  let failure: Error | undefined;
  let wake = (): void => {};
  const woken = (): void => wake();
  pipe.on("readable", woken).on("end", woken).on("close", woken).on("error", (error) => {
    failure = error;
    wake();
  });
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      for (;;) {
        const chunk: Uint8Array | null = pipe.read();
        if (chunk !== null) return controller.enqueue(chunk);
        if (failure !== undefined) throw failure;
        if (pipe.readableEnded || pipe.destroyed) return controller.close();
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
    cancel(): void {
      pipe.destroy();
      wake();
    },
  }, { highWaterMark: 0 });
}
