/**
 * Starts `codex app-server` under Node, with `node:child_process`.
 *
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn as nodeSpawn } from "node:child_process";
import type { ChildExit, ChildProcess, Host, SpawnCommand } from "../src/process/host.ts";
import { connectStdio } from "../src/process/stdio.ts";
import type { StdioOptions } from "../src/process/stdio_options.ts";
import type { Connect } from "../src/transport/transport.ts";
import { nodeHost } from "./node_host.ts";
import { readableOf, writableOf } from "./node_streams.ts";

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
    stdin: writableOf(child.stdin),
    stdout: readableOf(child.stdout),
    stderr: readableOf(child.stderr),
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
