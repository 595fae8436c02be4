/** The carriers of the matrix that need no socket: a pipe in memory, and lines of bytes in odd pieces. */
import type { Connect } from "../../src/transport/transport.ts";
import { transportFromStreams } from "../../transport.ts";
import { HALF } from "./_faults.ts";
import type { Carrier } from "./_cell.ts";

/** Sends text in two chunks, which split a character where there is one to split. */
function* pieces(text: string): Generator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  const middle = Math.ceil(bytes.length / 2);
  if (middle > 0) yield bytes.slice(0, middle);
  if (middle < bytes.length) yield bytes.slice(middle);
}

/** Carries the frames of a fake server as bytes. */
function overLines(connect: Connect): Connect {
  return async (options) => {
    const peer = await connect(options);
    const lines = new TransformStream<readonly string[], Uint8Array>({
      transform(frames, controller): void {
        const text = frames.map((frame) =>
          frame.startsWith(HALF) ? frame.slice(HALF.length) : `${frame}\n`
        ).join("");
        for (const piece of pieces(text)) controller.enqueue(piece);
      },
    });
    const writer = peer.writable.getWriter();
    const decoder = new TextDecoder();
    let rest = "";
    const writable = new WritableStream<Uint8Array>({
      async write(chunk): Promise<void> {
        const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
        rest = parts.pop() ?? "";
        for (const line of parts) await writer.write(line);
      },
      close: async () => void await peer.close(),
      abort: async () => void await peer.close({ force: true }),
    });
    return transportFromStreams({ readable: peer.readable.pipeThrough(lines), writable });
  };
}

export const CARRIERS: readonly Carrier[] = [
  { name: "memory", over: (connect) => connect },
  { name: "lines", over: overLines },
];
