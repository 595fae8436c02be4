/** The suite over a WebSocket that `codex app-server proxy` carries, with the server of `ws` as the peer. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command } from "../../transports/command.ts";
import { serveWebSocket } from "../_support/ws_server.ts";
import { codex } from "../process/_current.ts";
import { opened } from "./_web_socket_peer.ts";
import { transportSuite } from "./transport_suite.ts";

transportSuite("command() to a proxy", async () => {
  const folder = await mkdtemp(join(tmpdir(), "codex-sdk-"));
  const path = join(folder, "socket");
  const server = await serveWebSocket({ path });
  const connect = command([codex, "app-server", "proxy", "--sock", path], {
    mode: "socket",
    env: { CODEX_HOME: folder },
    closeGraceMs: 500,
  });
  return await opened(server, connect, () => rm(folder, { recursive: true }));
}, { bytes: false });
