/**
 * Memory: of the process after an import and at its peak while it reads 100,000 deltas through a pipe, and of the heap for each
 * thread that a program holds and each client that idles.
 *
 * Run it with `deno task bench memory`. The argument is the number of rounds, 3 by default.
 */
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { fileURLToPath } from "node:url";
import { Codex } from "../mod.ts";
import { FakeAppServer, fakeThreadStart } from "../testing.ts";
import { alternate, type Sample, type Variant } from "./_lib/alternate.ts";
import { importOnce, OURS, PEERS } from "./_lib/installed.ts";
import { type Load, peerCommand, readBare, readOurs } from "./_lib/pipe_readers.ts";
import { PYTHON_SDK, pythonOnce } from "./_lib/python_sdk.ts";
import { report } from "./_lib/results.ts";
import { jsonOf, runtimeName, thisRuntime } from "./_lib/runtime.ts";

const LOAD: Load = { name: "fast", count: 100_000, paceUs: 0 };
const THREADS = 1_000;
const CLIENTS = 200;

/** Work of a process of its own, which prints what it measured. */
const CHILDREN: Readonly<Record<string, () => Promise<number>>> = {
  bare: () => readBare(LOAD).then(peakMb),
  ours: () => readOurs(LOAD).then(peakMb),
  async threads(): Promise<number> {
    await using server = serverOf();
    await using codex = await Codex.start({ connect: server.connect });
    return await heapPer(THREADS, () => codex.threadStart());
  },
  async clients(): Promise<number> {
    const servers: FakeAppServer[] = [];
    const clients: Codex[] = [];
    const kb = await heapPer(CLIENTS, async () => {
      const server = serverOf();
      const codex = await Codex.start({ connect: server.connect });
      clients.push(codex);
      return servers.push(server);
    });
    await Promise.all(clients.map((codex) => codex.close()));
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    return kb;
  },
};

function serverOf(): FakeAppServer {
  const server = new FakeAppServer({}, { maxMessages: 1 });
  let threads = 0;
  server.on("thread/start", () => fakeThreadStart(`thread ${threads++}`));
  return server;
}

function peakMb(): number {
  return process.resourceUsage().maxRSS / 1_000;
}

function heapBytes(): number {
  const { Bun } = globalThis as { readonly Bun?: { gc(force: boolean): void } };
  if (Bun !== undefined) Bun.gc(true);
  else {
    setFlagsFromString("--expose-gc");
    (runInNewContext("gc") as () => void)();
  }
  return process.memoryUsage().heapUsed;
}

/** Returns the kilobytes of each, after as many that warm up. */
async function heapPer(count: number, make: () => Promise<unknown>): Promise<number> {
  const held: unknown[] = [];
  for (let index = 0; index < count; index++) held.push(await make());
  const before = heapBytes();
  for (let index = 0; index < count; index++) held.push(await make());
  return (heapBytes() - before) / count / 1_000;
}

async function measure(rounds: number): Promise<void> {
  const self = fileURLToPath(import.meta.url);
  const child = (name: string, work: string): Variant => ({
    name,
    run: async () => ({ value: await jsonOf([...thisRuntime("ts"), self, work]) }),
  });
  const imported = (name: string, specifier?: string): Variant => ({
    name,
    run: async (): Promise<Sample> => ({ value: (await importOnce(specifier)).rssMb }),
  });
  const python = (...args: string[]): Variant[] => {
    const once = pythonOnce(...args);
    if (once === undefined) return [];
    return [{ name: PYTHON_SDK, run: async () => ({ value: (await once()).peakMb }) }];
  };
  const compare = async (task: string, unit: string, variants: readonly Variant[]): Promise<void> =>
    report({ bench: "memory", task, unit }, await alternate(variants, { rounds, warmup: 0 }));
  console.log(`${runtimeName()}: ${rounds} rounds`);
  await compare("after import", "MB", [
    imported("nothing imported"),
    ...[OURS, ...PEERS].map((name) => imported(name, name)),
    ...python("import"),
  ]);
  await compare("peak, 100,000 deltas", "MB", [
    child("bare loop", "bare"),
    child("this SDK", "ours"),
    ...python("deltas", ...peerCommand(LOAD)),
  ]);
  await compare("heap of each", "kB", [child("held thread", "threads")]);
  await compare("heap of each", "kB", [child("idle client", "clients")]);
}

const [argument = "3"] = process.argv.slice(2);
const work = CHILDREN[argument];
if (work === undefined) await measure(Number(argument));
else console.log(JSON.stringify(await work()));
