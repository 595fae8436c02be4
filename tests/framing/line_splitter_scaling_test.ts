import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { LineSplitter } from "../../src/framing/line_splitter.ts";
import { assertEquals, assertGreater, assertLess } from "../_support/assert.ts";
import { cpuRatio } from "../_support/cpu_time.ts";
import { test } from "../_support/test.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Splits lines of the given size that arrive in chunks. */
function splitLines(count: number, lineBytes: number, chunkBytes: number): void {
  const chunk = new Uint8Array(chunkBytes).fill(0x78);
  const newline = Uint8Array.of(0x0a);
  const splitter = new LineSplitter();
  let lines = 0;
  for (let line = 0; line < count; line++) {
    for (let sent = 0; sent < lineBytes; sent += chunkBytes) splitter.push(chunk);
    // Reading a character flattens a lazily joined string, as JSON.parse would.
    for (const text of splitter.push(newline)) {
      lines += text.length === lineBytes && text.charCodeAt(lineBytes - 1) === 0x78 ? 1 : 0;
    }
  }
  assertEquals(lines, count);
}

test(
  "LineSplitter takes under 3 times as long for a 64 MiB line as for two of 32 MiB [R-03]",
  async () => {
    const ratio = await cpuRatio({
      whole: () => splitLines(1, 64 * MIB, 64 * KIB),
      inParts: () => splitLines(2, 32 * MIB, 64 * KIB),
      limit: 3,
    });
    assertLess(ratio, 3);
  },
  { timeoutMs: 120_000 },
);

for (
  const [size, bytes, chunkBytes] of [["small", 512 * KIB, 64], [
    "large",
    8 * MIB,
    16 * KIB,
  ]] as const
) {
  test(`LineSplitter takes linear time for a line in ${size} chunks`, async () => {
    const ratio = await cpuRatio({
      whole: () => splitLines(1, bytes, chunkBytes),
      inParts: () => splitLines(32, bytes / 32, chunkBytes),
      limit: 8, // quadratic work would take 32 times as long
    });
    assertLess(ratio, 8);
  }, { timeoutMs: 120_000 });
}

test(
  "LineSplitter needs less than 4 times the size of a 64 MiB line in memory [R-03]",
  async () => {
    // The peak is that of a whole process, so it needs its own.
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
  },
  { timeoutMs: 60_000 },
);
