/**
 * Real turns over connections that are cut. `CUT_TURNS=300 CUT_SEED=7 CUT_REPORT=cuts.jsonl` runs that many from another seed,
 * and appends what was counted to a file.
 */
import { appendFile } from "node:fs/promises";
import process from "node:process";
import { Codex } from "../../mod.ts";
import { deltas, gate } from "../../testing.ts";
import { type Connect, resilient } from "../../transport.ts";
import { command } from "../../transports/command.ts";
import { codex, runtime } from "../process/_current.ts";
import { ListeningServer } from "../resilient/_listening_server.ts";
import { marathon, type MarathonOptions, NO_FAULTS, type Tally } from "../resilient/_marathon.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const TURNS = Number(process.env["CUT_TURNS"] ?? 6);
const SEED = Number(process.env["CUT_SEED"] ?? 1);
const LIMIT = { timeoutMs: 60_000 + TURNS * 10_000 };

test(
  "resilient() loses and doubles nothing of real turns over cut connections, for two clients [R-95] [R-97] [R-108]",
  async () => {
    await check({ seed: SEED, turns: TURNS });
  },
  LIMIT,
);

test(
  "resilient() loses and doubles nothing when the server is killed and started again [R-108]",
  async () => {
    await check({ seed: SEED, turns: Math.ceil(TURNS / 3), restarts: true, at: "port" });
  },
  LIMIT,
);

test("resilient() goes on when the process that carries its connection is killed [R-108]", async () => {
  await using server = await ListeningServer.start();
  const proxy = [codex, "app-server", "proxy", "--sock", String(server.address)];
  const open = command(proxy, { mode: "socket" });
  let pid: number | undefined;
  const connect: Connect = async (options) => {
    const transport = await open(options);
    pid = transport.pid;
    return transport;
  };
  await using client = await Codex.start({ connect: resilient(connect) });
  const thread = await client.threadStart();
  const pause = gate();
  server.scripted.model.enqueue(deltas(["hello ", pause, "world"]));
  const turn = await thread.turn("hi");
  await pause.untilReached();
  process.kill(pid ?? 0, "SIGKILL");
  pause.open();
  let gaps = 0;
  for await (const { method } of turn) if (method === "sdk/gap") gaps++;
  assertEquals([(await turn.run()).finalResponse, gaps], ["hello world", 1]);
});

async function check(options: MarathonOptions): Promise<void> {
  const tally = await marathon(options);
  const report = process.env["CUT_REPORT"];
  if (report !== undefined) await appendFile(report, `${summary(tally)}\n`);
  assertEquals(tally.faults, NO_FAULTS, `CUT_SEED=${SEED}`);
}

function summary({ gapsMs, faults, ...counts }: Tally): string {
  const sorted = gapsMs.toSorted((one, other) => one - other);
  const at = (part: number): number => sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
  const ms = [at(0.5), at(0.9), at(1)].join(" / ");
  return JSON.stringify({ runtime, ...counts, ...faults, gaps: sorted.length, ms });
}
