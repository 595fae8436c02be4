/** The bytes of one long answer, and a peer that sends them like an app-server. */
import { fakeThreadStart, fakeTurn, notification } from "../../testing.ts";
import { PROTOCOL_VERSION } from "../../protocol.ts";
import { type Transport, transportFromStreams } from "../../transport.ts";

/** The thread of the deltas. */
export const THREAD_ID = "0199f1a0-5e7b-7c50-8d1c-2f6f3a0d1b11";
/** The turn of the deltas. */
export const TURN_ID = "0199f1a0-6b02-7d33-9b60-5a7e0c4f2d22";
const CHUNK_BYTES = 64 * 1024;

/** An encoded answer. */
export interface DeltaWire {
  /** The lines of the deltas, already split. */
  readonly lines: readonly string[];
  /** The same bytes in the chunks that a pipe would deliver. */
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
  /** The number of letters in all deltas. */
  readonly letters: number;
}

/** Makes the lines of `count` deltas of about 250 bytes. */
export function deltaLines(count: number): Pick<DeltaWire, "lines" | "letters"> {
  const lines: string[] = [];
  let letters = 0;
  for (let index = 0; index < count; index++) {
    const delta = ` word ${index} of an answer`;
    letters += delta.length;
    lines.push(JSON.stringify({
      method: "item/agentMessage/delta",
      params: {
        threadId: THREAD_ID,
        turnId: TURN_ID,
        itemId: "msg_0199f1a06b7e7d1085a1c94e",
        delta,
      },
      emittedAtMs: 1_763_600_000_000 + index,
    }));
  }
  return { lines, letters };
}

/** Makes `count` deltas, as lines and as bytes. */
export function deltaWire(count: number): DeltaWire {
  const { lines, letters } = deltaLines(count);
  const bytes = new TextEncoder().encode(lines.join("\n") + "\n");
  return { lines, chunks: cut(bytes), bytes: bytes.length, letters };
}

/** Streams the chunks without ever making the reader wait. */
export function chunkStream(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream({
    pull(controller): void {
      const chunk = chunks[next++];
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
  }, { highWaterMark: 0 });
}

/** A byte peer that answers the handshake and streams the deltas as its only turn. */
export function deltaPeer(wire: DeltaWire): Transport {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  const outgoing: Uint8Array[] = [];
  let wake = (): void => {};
  const send = (...messages: readonly object[]): void => {
    outgoing.push(
      encoder.encode(messages.map((message) => JSON.stringify(message) + "\n").join("")),
    );
  };
  const answers: Record<string, (id: unknown) => void> = {
    initialize: (id) =>
      send({ id, result: { userAgent: `bench/${PROTOCOL_VERSION} (Test; x86_64) test` } }),
    "thread/start": (id) => send({ id, result: fakeThreadStart(THREAD_ID) }),
    "turn/start": (id) => {
      send({ id, result: { turn: fakeTurn(TURN_ID) } });
      outgoing.push(...wire.chunks);
      send(
        notification("turn/completed", {
          threadId: THREAD_ID,
          turn: fakeTurn(TURN_ID, "completed"),
        }),
      );
    },
  };
  let next = 0;
  const readable = new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      while (next === outgoing.length) await new Promise<void>((resolve) => wake = resolve);
      const chunk = outgoing[next++];
      if (chunk === undefined || chunk.length === 0) controller.close();
      else controller.enqueue(chunk);
    },
  }, { highWaterMark: 0 });
  const writable = new WritableStream<Uint8Array>({
    write(bytes): void {
      const { id, method } = JSON.parse(decoder.decode(bytes)) as { id: unknown; method: string };
      answers[method]?.(id);
      wake();
    },
    close(): void {
      outgoing.push(new Uint8Array());
      wake();
    },
  });
  return transportFromStreams({ readable, writable });
}

function cut(bytes: Uint8Array): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    chunks.push(bytes.slice(start, start + CHUNK_BYTES));
  }
  return chunks;
}
