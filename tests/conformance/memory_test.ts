import { memoryTransportPair, tapTransport, type Transport } from "../../transport.ts";
import { type OpenedTransport, transportSuite } from "./transport_suite.ts";

function openWith(wrap: (transport: Transport) => Transport): () => Promise<OpenedTransport> {
  return () => {
    const [near, far] = memoryTransportPair();
    const reader = far.readable.getReader();
    const writer = far.writable.getWriter();
    writer.closed.catch(() => {});
    const received: string[] = [];
    const peer = {
      async send(...frames: string[]): Promise<void> {
        for (const frame of frames) await writer.write(frame);
      },
      async receive(): Promise<string | undefined> {
        if (received.length === 0) received.push(...(await reader.read()).value ?? []);
        return received.shift();
      },
      async end(): Promise<void> {
        await far.close();
      },
    };
    return Promise.resolve({
      transport: wrap(near),
      peer,
      dispose: async (): Promise<void> => void await far.close(),
    });
  };
}

transportSuite("memoryTransportPair", openWith((transport) => transport), { bytes: false });
transportSuite("tapTransport", openWith((transport) => tapTransport(transport, {})), {
  bytes: false,
});
