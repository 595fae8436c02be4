/** The real binary as a server that listens, on a scripted model. */
import { realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { waitAtMost } from "../../src/util/timer.ts";
import { ScriptedModel, type ScriptedModelOptions } from "../../testing.ts";
import { codex, current, environment, until } from "../process/_current.ts";

/** A server of the real binary. */
export interface Listener extends AsyncDisposable {
  /** The address for `websocket()`, or `""`. */
  readonly url: string;
  readonly pid: number;
  readonly scripted: ScriptedModel;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/** Starts `codex app-server --listen`; returns once it listens. */
export async function startListener(
  listen: string,
  { args = [], isUp, ...model }: ScriptedModelOptions & {
    readonly args?: readonly string[];
    /** Whether it listens, if it does not say so. */
    readonly isUp?: (options: ScriptedModel["options"]) => boolean;
  } = {},
): Promise<Listener> {
  const scripted = await ScriptedModel.start(model);
  const child = await current.host().spawn({
    command: codex,
    args: ["app-server", "--listen", listen, ...args],
    cwd: scripted.options.cwd,
    env: { ...environment(), ...scripted.options.env },
  });
  let stderr = "";
  const drained = [
    child.stdout.pipeTo(new WritableStream()),
    child.stderr.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
      .pipeTo(
        new WritableStream({ write: (text) => void (stderr += text) }),
      ),
  ];
  const address = (): string => /listening on: (\S+)/.exec(stderr)?.[1] ?? "";
  const path = socketPath(listen, scripted.options.codexHome);
  let socket: string | undefined;
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await waitAtMost(child.exited, 5_000);
    child.kill("SIGKILL");
    await child.exited;
    // The server puts its socket into a folder for temporary files, where a killed one leaves it.
    if (socket !== undefined) {
      for (const end of ["", ".lock"]) await rm(socket + end, { force: true });
    }
    await Promise.allSettled([...drained, child.stdin.abort()]);
    await scripted.close();
  };
  try {
    await until(() => isUp === undefined ? address() !== "" : isUp(scripted.options));
    if (path !== undefined) socket = await realpath(path);
  } catch (error) {
    await stop();
    throw new Error(`The server does not listen: ${stderr}`, { cause: error });
  }
  return {
    url: address(),
    pid: child.pid,
    scripted,
    kill: (signal) => child.kill(signal),
    [Symbol.asyncDispose]: stop,
  };
}

/** The path of a Unix socket, which is a link. */
function socketPath(listen: string, codexHome: string): string | undefined {
  if (!listen.startsWith("unix://")) return undefined;
  const daemon = join(codexHome, "app-server-control/app-server-control.sock");
  return listen.slice("unix://".length) || daemon;
}
