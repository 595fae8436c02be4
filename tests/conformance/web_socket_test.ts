/** The suite over `websocket()` and `unix()`, with the server of `ws` as the peer. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connect } from "../../src/transport/transport.ts";
import { unix } from "../../transports/unix.ts";
import { websocket } from "../../transports/websocket.ts";
import { type Accepted, type ServedWebSocket, serveWebSocket } from "../_support/ws_server.ts";
import { type OpenedTransport, type TransportPeer, transportSuite } from "./transport_suite.ts";

const limits = { closeTimeoutMs: 500, pingMs: 0 };

async function opened(
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

transportSuite("websocket()", async () => {
  const server = await serveWebSocket();
  return await opened(server, websocket(server.url, limits));
}, { bytes: false });

transportSuite("unix()", async () => {
  const folder = await mkdtemp(join(tmpdir(), "codex-sdk-"));
  const path = join(folder, "socket");
  const server = await serveWebSocket({ path });
  return await opened(server, unix(path, limits), () => rm(folder, { recursive: true }));
}, { bytes: false });
