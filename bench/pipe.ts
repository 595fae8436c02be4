/**
 * Deltas through the pipe of a child process to the caller's `for await`, compared with a bare loop (`spawn`, split,
 * `JSON.parse`): 200,000 as fast as the pipe takes them, and 10,000 one by one, as a model sends them.
 *
 * Run it with Deno, Bun or Node. The argument is the number of rounds, 10 by default.
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Codex, type TurnHandle } from "../mod.ts";
import { bunPath } from "../scripts/_lib/project.ts";
import { alternate, runtimeName, timesOf, type Variant } from "./_lib/alternate.ts";
import { deltaLines, THREAD_ID } from "./_lib/delta_wire.ts";
import { type Measured, report } from "./_lib/results.ts";

/** Rounds that are not measured. */
const WARMUP = 2;

interface Load {
  readonly name: string;
  readonly count: number;
  /** Microseconds between two deltas. */
  readonly paceUs: number;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly delta: string };
}

/** Starts to measure, and stops: the wall time and the CPU time of this process, in milliseconds. */
type Clock = () => () => readonly [wall: number, cpu: number];

const clock: Clock = () => {
  const start = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return [performance.now() - start, (user + system) / 1_000];
  };
};

const peer = fileURLToPath(new URL("./_lib/pipe_peer.ts", import.meta.url));

function peerCommand({ count, paceUs }: Load): [string, ...string[]] {
  return [bunPath(), peer, String(count), String(paceUs)];
}

/** What one variant read of a turn. */
interface Read {
  readonly events: number;
  readonly letters: number;
  readonly took: readonly [wall: number, cpu: number];
}

function readBare(load: Load): Promise<Read> {
  const [command, ...args] = peerCommand(load);
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"] });
  const write = (id: number, method: string, params: object): void =>
    void child.stdin.write(JSON.stringify({ id, method, params }) + "\n");
  let rest = "";
  let events = 0;
  let letters = 0;
  let stop = clock();
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
          stop = clock();
          write(3, "turn/start", { threadId: THREAD_ID, input: [] });
        } else if (message.method === "turn/completed") {
          const took = stop();
          child.stdin.end();
          child.once("exit", () => resolve({ events, letters, took }));
        }
      }
    });
    write(1, "initialize", {});
  });
}

type Reader = (turn: TurnHandle) => Promise<Partial<Read>>;

async function readStream(turn: TurnHandle): Promise<Omit<Read, "took">> {
  let events = 0;
  let letters = 0;
  for await (const event of turn.stream()) {
    if (event.method !== "item/agentMessage/delta") continue;
    events++;
    letters += event.params.delta.length;
  }
  return { events, letters };
}

async function readBatches(turn: TurnHandle): Promise<Omit<Read, "took">> {
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

/** Only waits for the end. */
async function readNothing(turn: TurnHandle): Promise<Partial<Read>> {
  await turn.run();
  return {};
}

async function readOurs(load: Load, read: Reader): Promise<Read> {
  await using codex = await Codex.start({ launchArgsOverride: peerCommand(load) });
  const thread = await codex.threadStart();
  const stop = clock();
  const { events = load.count, letters = letterCount(load) } = await read(await thread.turn("go"));
  return { events, letters, took: stop() };
}

const letterCounts = new Map<number, number>();

function letterCount({ count }: Load): number {
  const letters = letterCounts.get(count) ?? deltaLines(count).letters;
  letterCounts.set(count, letters);
  return letters;
}

/** Alternates the variants and returns the wall times and the CPU times of each. */
async function measure(
  load: Load,
  reads: readonly (readonly [name: string, read: () => Promise<Read>])[],
  rounds: number,
): Promise<readonly Measured[]> {
  const cpu: number[][] = reads.map(() => []);
  const letters = letterCount(load);
  const variants = reads.map(([name, read], index): Variant => ({
    name,
    async run(): Promise<number> {
      const { events, letters: got, took } = await read();
      if (events !== load.count || got !== letters) {
        throw new Error(`${name}: ${events} events of ${load.count}, ${got} letters of ${letters}`);
      }
      cpu[index]?.push(took[1]);
      return took[0];
    },
  }));
  const walls = await alternate(variants, { rounds, warmup: WARMUP });
  return walls.map((wall, index) => ({
    wall,
    cpu: timesOf(wall.name, cpu[index]?.slice(WARMUP) ?? []),
  }));
}

const rounds = Number(process.argv[2] ?? 10);
const loads: readonly Load[] = [
  { name: "fast", count: 200_000, paceUs: 0 },
  { name: "one by one", count: 10_000, paceUs: 50 },
];
console.log(`${runtimeName()}: ${rounds} rounds`);
for (const load of loads) {
  const all = await measure(load, [
    ["bare loop", () => readBare(load)],
    ["turn.stream()", () => readOurs(load, readStream)],
    ["stream().batches()", () => readOurs(load, readBatches)],
    ["turn.run()", () => readOurs(load, readNothing)],
  ], rounds);
  report("pipe", load.name, all);
}
