/** Reads the deltas of a turn through the pipe of a child process: with a bare loop, and with this SDK. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Codex, type TurnHandle } from "../../mod.ts";
import { bunPath } from "../../scripts/_lib/project.ts";
import { type Sample, stopwatch } from "./alternate.ts";
import { THREAD_ID } from "./delta_wire.ts";
import type { Command } from "./runtime.ts";

/** What the peer sends. */
export interface Load {
  readonly name: string;
  readonly count: number;
  /** Microseconds between two deltas. */
  readonly paceUs: number;
}

/** What was read of a turn, and the CPU time for it. */
export interface Read extends Sample {
  readonly events: number;
  readonly letters: number;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly delta: string };
}

const peer = fileURLToPath(new URL("pipe_peer.ts", import.meta.url));

/** The program that sends the deltas. */
export function peerCommand({ count, paceUs }: Load): Command {
  return [bunPath(), peer, String(count), String(paceUs)];
}

/** `spawn`, split, `JSON.parse`, and nothing else. */
export function readBare(load: Load): Promise<Read> {
  const [command, ...args] = peerCommand(load);
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"] });
  const write = (id: number, method: string, params: object): void =>
    void child.stdin.write(JSON.stringify({ id, method, params }) + "\n");
  let rest = "";
  let events = 0;
  let letters = 0;
  let stop = stopwatch();
  return new Promise((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const message = JSON.parse(line) as Message;
        if (message.method === "item/agentMessage/delta") {
          events++;
          letters += message.params?.delta.length ?? 0;
        } else if (message.id === 1) write(2, "thread/start", {});
        else if (message.id === 2) {
          stop = stopwatch();
          write(3, "turn/start", { threadId: THREAD_ID, input: [] });
        } else if (message.method === "turn/completed") {
          const took = stop();
          child.stdin.end();
          child.once("exit", () => resolve({ events, letters, ...took }));
        }
      }
    });
    write(1, "initialize", {});
  });
}

type Counted = Omit<Read, keyof Sample>;
/** Reads a turn to its end. What it does not count was not looked at. */
type Reader = (turn: TurnHandle) => Promise<Counted | undefined>;

async function readStream(turn: TurnHandle): Promise<Counted> {
  let events = 0;
  let letters = 0;
  for await (const event of turn.stream()) {
    if (event.method !== "item/agentMessage/delta") continue;
    events++;
    letters += event.params.delta.length;
  }
  return { events, letters };
}

async function readBatches(turn: TurnHandle): Promise<Counted> {
  let events = 0;
  let letters = 0;
  for await (const batch of turn.stream().batches()) {
    for (const event of batch) {
      if (event.method !== "item/agentMessage/delta") continue;
      events++;
      letters += event.params.delta.length;
    }
  }
  return { events, letters };
}

async function readResult(turn: TurnHandle): Promise<undefined> {
  await turn.run();
}

/** The ways to read a turn with this SDK. */
export const READERS: Readonly<Record<string, Reader>> = {
  "turn.stream()": readStream,
  "stream().batches()": readBatches,
  "turn.run()": readResult,
};

/** Starts a client and reads one turn; a reader that counts nothing counts as complete. */
export async function readOurs(
  load: Load,
  read: Reader = readStream,
  complete: Counted = { events: load.count, letters: 0 },
): Promise<Read> {
  await using codex = await Codex.start({ launchArgsOverride: peerCommand(load) });
  const thread = await codex.threadStart();
  const stop = stopwatch();
  const counted = await read(await thread.turn("go"));
  return { ...complete, ...counted, ...stop() };
}
