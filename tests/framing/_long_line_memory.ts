/** Splits one 64 MiB line that arrives in chunks of 64 KiB; prints its peak memory as a multiple of the line. */
import process from "node:process";
import { LineSplitter } from "../../src/framing/line_splitter.ts";

const LINE_KIB = 64 * 1024;
const CHUNK_KIB = 64;
const newline = Uint8Array.of(0x0a);

const splitter = new LineSplitter();
splitter.push(new Uint8Array(CHUNK_KIB * 1024).fill(0x78));
splitter.push(newline);

// Read after every step: the peak the system reports includes the parent's memory.
const residentBytes = process.memoryUsage().rss;
let peakBytes = residentBytes;
for (let sent = 0; sent < LINE_KIB; sent += CHUNK_KIB) {
  splitter.push(new Uint8Array(CHUNK_KIB * 1024).fill(0x78));
  peakBytes = Math.max(peakBytes, process.memoryUsage().rss);
}
const [line] = splitter.push(newline);
if (line?.length !== LINE_KIB * 1024 || line.charCodeAt(5) !== 0x78) throw new Error("wrong line");
peakBytes = Math.max(peakBytes, process.memoryUsage().rss);

process.stdout.write(String((peakBytes - residentBytes) / (LINE_KIB * 1024)));
