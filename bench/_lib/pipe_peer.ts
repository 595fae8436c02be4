/**
 * A program that answers like an app-server and writes the deltas of its only turn to stdout: as fast as the pipe takes
 * them, or one by one at a pace. Its arguments are the number of deltas and the microseconds between them.
 */
import { writeSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { fakeThreadStart, fakeTurn, notification } from "../../testing.ts";
import { PROTOCOL_VERSION } from "../../protocol.ts";
import { deltaLines, THREAD_ID, TURN_ID } from "./delta_wire.ts";

const [count = 0, paceUs = 0] = process.argv.slice(2).map(Number);
const { lines } = deltaLines(count);
const all = encode(lines);
const single = paceUs > 0 ? lines.map((line) => encode([line])) : [];

function encode(parts: readonly string[]): Uint8Array {
  return new TextEncoder().encode(parts.map((part) => part + "\n").join(""));
}

function write(bytes: Uint8Array): void {
  for (let sent = 0; sent < bytes.length;) {
    try {
      sent += writeSync(1, bytes, sent, bytes.length - sent);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "EAGAIN") throw error;
    }
  }
}

function send(message: object): void {
  write(encode([JSON.stringify(message)]));
}

function sendTurn(): void {
  if (single.length === 0) write(all);
  let next = performance.now();
  for (const line of single) {
    while (performance.now() < next);
    next += paceUs / 1_000;
    write(line);
  }
  const turn = fakeTurn(TURN_ID, "completed");
  send(notification("turn/completed", { threadId: THREAD_ID, turn }));
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method } = JSON.parse(line) as { id: number; method: string };
  const userAgent = `bench/${PROTOCOL_VERSION} (Test; x86_64) test`;
  if (method === "initialize") send({ id, result: { userAgent } });
  if (method === "thread/start") send({ id, result: fakeThreadStart(THREAD_ID) });
  if (method !== "turn/start") continue;
  send({ id, result: { turn: fakeTurn(TURN_ID) } });
  sendTurn();
}
