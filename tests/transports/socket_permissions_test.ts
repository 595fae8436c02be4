/** The permissions that sockets need under Deno. */
import { writeFile } from "node:fs/promises";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { serveWebSocket } from "../_support/ws_server.ts";
import {
  environment,
  output,
  root,
  runtime,
  scriptCommand,
  withFolder,
} from "../process/_current.ts";

// Connects to each target, and prints "open", or the error's name and flag.
const SCRIPT = `
import { unix } from "ROOT/transports/unix.ts";
import { websocket } from "ROOT/transports/websocket.ts";
const outcomes = [];
for (const target of Deno.args) {
  const connect = target.startsWith("ws") ? websocket(target) : unix(target || undefined);
  const outcome = await connect().then(
    (transport) => transport.close({ force: true }).then(() => "open"),
    ({ name, flag }) => name + " " + flag,
  );
  outcomes.push(outcome);
}
console.log(JSON.stringify(outcomes));
`;

test(
  "websocket() and unix() under Deno import without a permission, and name the missing flags [R-86] [R-107]",
  async () => {
    await withFolder(async (folder) => {
      const script = `${folder}/script.ts`;
      const path = `${folder}/socket`;
      await writeFile(script, SCRIPT.replaceAll("ROOT", root));
      await using byPath = await serveWebSocket({ path });
      await using byPort = await serveWebSocket();
      assertEquals(byPath.port, 0);
      const run = async (flags: readonly string[], ...targets: string[]): Promise<unknown> => {
        const command = [...scriptCommand(script, "--no-check", ...flags), ...targets];
        const { stdout, stderr } = await output(command, {
          env: { ...environment(), CODEX_HOME: folder },
        });
        assert(stdout.startsWith("["), stderr);
        return JSON.parse(stdout);
      };
      const net = `--allow-net=127.0.0.1:${byPort.port}`;
      const socket = [`--allow-read=${path}`, `--allow-write=${path}`, `--allow-net=unix:${path}`];
      const { url } = byPort;
      assertEquals(await run([], url, "wss://codex.example.com", "ws://[::1]:5", path, ""), [
        `PermissionError ${net}`,
        "PermissionError --allow-net=codex.example.com:443",
        "PermissionError --allow-net=[::1]:5",
        `PermissionError ${socket.join(" ")}`,
        "PermissionError --allow-env=CODEX_HOME",
      ]);
      assertEquals(await run([net], url), ["open"]);
      assertEquals(await run(socket, path), ["open"]);
    });
  },
  runtime === "deno" ? {} : { skip: "permissions are Deno's" },
);
