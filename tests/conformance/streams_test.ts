import { LineSplitter } from "../../src/framing/line_splitter.ts";
import { transportFromStreams } from "../../transport.ts";
import { type OpenedTransport, transportSuite } from "./transport_suite.ts";

/** Two identity streams as a pipe in each direction; the peer ends its output when its input ends. */
function open(): Promise<OpenedTransport> {
  const toPeer = new TransformStream<Uint8Array, Uint8Array>();
  const fromPeer = new TransformStream<Uint8Array, Uint8Array>();
  const transport = transportFromStreams(
    { readable: fromPeer.readable, writable: toPeer.writable },
    { closeTimeoutMs: 500 },
  );
  const reader = toPeer.readable.getReader();
  const writer = fromPeer.writable.getWriter();
  const splitter = new LineSplitter();
  const encoder = new TextEncoder();
  const received: string[] = [];
  const end = (): Promise<void> => writer.close().catch(() => {});
  reader.closed.then(end, end);
  writer.closed.catch(() => {});

  async function receive(): Promise<string | undefined> {
    while (received.length === 0) {
      const { done, value } = await reader.read();
      received.push(...done ? splitter.end() : splitter.push(value));
      if (done) break;
    }
    return received.shift();
  }

  return Promise.resolve({
    transport,
    peer: {
      send: (...frames: string[]): Promise<void> =>
        writer.write(encoder.encode(frames.map((frame) => `${frame}\n`).join(""))),
      sendBytes: (bytes: Uint8Array): Promise<void> => writer.write(bytes),
      receive,
      end,
    },
    dispose: async (): Promise<void> => void await transport.close({ force: true }),
  });
}

transportSuite("transportFromStreams", open, { fakeTime: true });
