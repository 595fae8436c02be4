import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { LineSplitter } from "../../src/framing/line_splitter.ts";
import { assertEquals, assertGreater, assertLess } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const MIB = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/** Splits lines of the given size that come in chunks of 64 KiB; gives the milliseconds it took. */
function splitLines(count: number, lineBytes: number): number {
  const chunk = new Uint8Array(CHUNK_BYTES).fill(0x78);
  const newline = Uint8Array.of(0x0a);
  const splitter = new LineSplitter();
  const start = performance.now();
  let lines = 0;
  for (let line = 0; line < count; line++) {
    for (let sent = 0; sent < lineBytes; sent += CHUNK_BYTES) splitter.push(chunk);
    // Reading a character makes a lazily joined string whole, as JSON.parse would.
    for (const text of splitter.push(newline)) {
      lines += text.charCodeAt(text.length - 1) === 0x78 ? 1 : 0;
    }
  }
  const took = performance.now() - start;
  assertEquals(lines, count);
  return took;
}

test(
  "LineSplitter takes under 3 times as long for a 64 MiB line as for two of 32 MiB [R-03]",
  () => {
    // The fastest of several runs of each, in turn: what else the machine does only ever adds time.
    let one = Infinity;
    let two = Infinity;
    for (let round = 0; round < 5; round++) {
      two = Math.min(two, splitLines(2, 32 * MIB));
      one = Math.min(one, splitLines(1, 64 * MIB));
    }
    assertLess(one, 3 * two);
  },
  { timeoutMs: 60_000 },
);

test("LineSplitter takes linear time for a line in small chunks", () => {
  const run = (bytes: number): number => {
    const splitter = new LineSplitter();
    const chunk = new Uint8Array(64).fill(0x78);
    const start = performance.now();
    for (let sent = 0; sent < bytes; sent += chunk.length) splitter.push(chunk);
    assertEquals(splitter.push(Uint8Array.of(0x0a))[0]?.length, bytes);
    return performance.now() - start;
  };
  let short = Infinity;
  let long = Infinity;
  for (let round = 0; round < 5; round++) {
    short = Math.min(short, run(2 * MIB));
    long = Math.min(long, run(8 * MIB));
  }
  // 4 times the bytes; quadratic would be 16 times the time.
  assertLess(long, 10 * short);
}, { timeoutMs: 60_000 });

test("LineSplitter takes under 4 times the size of a 64 MiB line in memory [R-03]", async () => {
  // The peak is one of a whole process, so it takes a process of its own.
  const script = fileURLToPath(new URL("./_long_line_memory.ts", import.meta.url));
  const { Deno, Bun } = globalThis as { Deno?: unknown; Bun?: unknown };
  const args = Deno !== undefined
    ? ["run", "--allow-all", script]
    : Bun !== undefined
    ? [script]
    : ["--import", "tsx", script];
  const ratio = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, (error, stdout) => error ? reject(error) : resolve(stdout));
  });
  assertGreater(Number(ratio), 1);
  assertLess(Number(ratio), 4);
}, { timeoutMs: 60_000 });
