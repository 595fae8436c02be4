/** The suite over `websocket()` and `unix()`, with the server of `ws` as the peer. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unix } from "../../transports/unix.ts";
import { websocket } from "../../transports/websocket.ts";
import { serveWebSocket } from "../_support/ws_server.ts";
import { opened } from "./_web_socket_peer.ts";
import { transportSuite } from "./transport_suite.ts";

const limits = { closeTimeoutMs: 500, pingMs: 0 };

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
