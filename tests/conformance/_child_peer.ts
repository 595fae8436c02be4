/**
 * Opens a transport with the far end of its child, for the suite. The child is a small shell script between its own stdin and
 * stdout and two named pipes. Two helpers hold the far ends of the pipes, so that a test can speak for the child.
 */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LineSplitter } from "../../src/framing/line_splitter.ts";
import type { ChildProcess } from "../../src/process/host.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { isAlive, output, shell, until } from "../process/_current.ts";
import type { OpenedTransport, TransportPeer } from "./transport_suite.ts";

// Exits at the end of its stdin, as the app-server does, and when the peer ends its output.
const CHILD = `#!/bin/sh
folder=$(dirname "$0")
exec 3<&0
(cat <&3 >"$folder/in"; kill -TERM $$) >/dev/null 2>&1 &
echo $! >"$folder/pid"
exec cat "$folder/out"
`;

/** Opens a transport whose server is {@linkcode CHILD}, as a script in the folder that it serves. */
export type Start = (script: string, folder: string) => Promise<Transport>;

/** Opens a transport, and frees it with everything that belongs to it in the end. */
export async function openChild(start: Start): Promise<OpenedTransport> {
  const folder = await mkdtemp(join(tmpdir(), "codex-sdk-"));
  await output(["/bin/sh", "-c", `mkfifo ${folder}/in ${folder}/out`]);
  const script = join(folder, "server");
  await writeFile(script, CHILD, { mode: 0o755 });
  const transport = await start(script, folder);
  await until(() => existsSync(join(folder, "pid")));
  const sender = await shell(`exec cat >"$1/out"`, folder);
  const receiver = await shell(`exec cat "$1/in"`, folder);
  const helpers = peerOver(sender, receiver);
  return {
    transport,
    peer: helpers.peer,
    async dispose(): Promise<void> {
      await transport.close({ force: true });
      await transport.readable.cancel().catch(() => {});
      await helpers.end();
      await endReader(folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Ends the part of the child that waits for the other end of its pipe to be opened. */
async function endReader(folder: string): Promise<void> {
  const pid = Number(await readFile(join(folder, "pid"), "utf8"));
  await until(async () => {
    // Opened once, it might be closed again before that part has come so far as to wait.
    await output(["/bin/sh", "-c", `: <>"$1/in"`, "sh", folder]);
    return !await isAlive(pid);
  });
}

interface Helpers {
  readonly peer: TransportPeer;
  end(): Promise<void>;
}

function peerOver(sender: ChildProcess, receiver: ChildProcess): Helpers {
  const writer = sender.stdin.getWriter();
  writer.closed.catch(() => {});
  const reader = receiver.stdout.getReader();
  const splitter = new LineSplitter();
  const received: string[] = [];
  const peer: TransportPeer = {
    send: (...sent) => writer.write(new TextEncoder().encode(sent.join("\n") + "\n")),
    sendBytes: (bytes) => writer.write(bytes),
    async receive(): Promise<string | undefined> {
      while (received.length === 0) {
        const { done, value } = await reader.read();
        if (done) return undefined;
        received.push(...splitter.push(value));
      }
      return received.shift();
    },
    end: () => writer.close().catch(() => {}),
  };
  async function end(): Promise<void> {
    sender.kill("SIGKILL");
    receiver.kill("SIGKILL");
    await Promise.all([sender.exited, receiver.exited]);
    await Promise.allSettled([
      writer.abort(),
      reader.cancel(),
      sender.stdout.cancel(),
      sender.stderr.cancel(),
      receiver.stdin.abort(),
      receiver.stderr.cancel(),
    ]);
  }
  return { peer, end };
}
