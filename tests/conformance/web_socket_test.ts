/** The suite over `websocket()` and `unix()`, with the server of `ws` as the peer. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unix } from "../../transports/unix.ts";
import { websocket } from "../../transports/websocket.ts";
import { serveWebSocket } from "../_support/ws_server.ts";
import { root } from "../process/_current.ts";
import { opened } from "./_web_socket_peer.ts";
import { transportSuite } from "./transport_suite.ts";

const limits = { closeTimeoutMs: 500, pingMs: 0 };
const token = "a-token-of-this-suite";

transportSuite("websocket()", async () => {
  const server = await serveWebSocket({
    answer: ({ headers }) =>
      headers.authorization === `Bearer ${token}` ? undefined : "HTTP/1.1 401 No\r\n\r\n",
  });
  return await opened(server, websocket(server.url, { ...limits, token }));
}, { bytes: false });

transportSuite("websocket() over TLS", async () => {
  const pem = (name: string): Promise<string> => readFile(join(root, "tests/_data", name), "utf8");
  const [cert, key] = await Promise.all([pem("loopback_cert.pem"), pem("loopback_key.pem")]);
  const server = await serveWebSocket({ tls: { cert, key } });
  return await opened(server, websocket(server.url, { ...limits, tls: { ca: cert } }));
}, { bytes: false });

transportSuite("unix()", async () => {
  const folder = await mkdtemp(join(tmpdir(), "codex-sdk-"));
  const path = join(folder, "socket");
  const server = await serveWebSocket({ path });
  return await opened(server, unix(path, limits), () => rm(folder, { recursive: true }));
}, { bytes: false });
