/** Opens a transport with the far end of its WebSocket, for the suite. */
import type { Connect } from "../../src/transport/transport.ts";
import type { Accepted, ServedWebSocket } from "../_support/ws_server.ts";
import type { OpenedTransport, TransportPeer } from "./transport_suite.ts";

/** Connects to a server, and frees both in the end. */
export async function opened(
  server: ServedWebSocket,
  connect: Connect,
  dispose: () => Promise<void> = () => Promise.resolve(),
): Promise<OpenedTransport> {
  const [transport, accepted] = await Promise.all([connect(), server.next()]);
  return {
    transport,
    peer: peerOver(accepted),
    async dispose(): Promise<void> {
      await transport.close({ force: true });
      await transport.readable.cancel().catch(() => {});
      await server[Symbol.asyncDispose]();
      await dispose();
    },
  };
}

function peerOver({ connection, socket }: Accepted): TransportPeer {
  const received: (string | undefined)[] = [];
  let wake = (): void => {};
  const add = (frame: string | undefined): void => {
    received.push(frame);
    wake();
  };
  connection.on("message", (data) => add(new TextDecoder().decode(data)));
  connection.on("close", () => add(undefined));
  return {
    async send(...frames): Promise<void> {
      socket.cork();
      const sent = frames.map((frame) =>
        new Promise<void>((resolve) => connection.send(frame, () => resolve()))
      );
      socket.uncork();
      await Promise.all(sent);
    },
    async receive(): Promise<string | undefined> {
      while (received.length === 0) await new Promise<void>((resolve) => wake = resolve);
      return received.shift();
    },
    end(): Promise<void> {
      connection.close(1000);
      return Promise.resolve();
    },
  };
}
