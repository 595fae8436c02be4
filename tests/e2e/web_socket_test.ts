/** `websocket()` and `unix()` against the listeners of the real binary. */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Codex, TransportClosedError } from "../../mod.ts";
import { webSocketFromStreams } from "../../transport.ts";
import { ConnectionRefusedError, MessageTooLargeError } from "../../errors.ts";
import type { Connect } from "../../src/transport/transport.ts";
import { message } from "../../testing.ts";
import { unix } from "../../transports/unix.ts";
import { websocket } from "../../transports/websocket.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "../_support/assert.ts";
import { startListener } from "../_support/listener.ts";
import { test } from "../_support/test.ts";
import {
  codex as codexBinary,
  current,
  environment,
  output,
  root,
  scriptCommand,
  withFolder,
} from "../process/_current.ts";

async function refusalOf(connect: Connect): Promise<ConnectionRefusedError> {
  const error = await connect().then(() => undefined, (reason: unknown) => reason);
  assertInstanceOf(error, ConnectionRefusedError);
  return error;
}

test("websocket() carries turns and long messages, and is refused by reason [R-107]", async () => {
  await withFolder(async (folder) => {
    const token = "a-token-of-this-test";
    await writeFile(join(folder, "token"), `${token}\n`);
    const args = ["--ws-auth", "capability-token", "--ws-token-file", join(folder, "token")];
    await using listener = await startListener("ws://127.0.0.1:0", { args });
    listener.scripted.model.enqueue(message("over the socket"));
    const { url } = listener;
    {
      await using codex = await Codex.start({ connect: websocket(url, { token: `${token}\n` }) });
      const thread = await codex.threadStart({ cwd: listener.scripted.options.cwd });
      assertEquals((await thread.run("Hello")).finalResponse, "over the socket");
      const read = (path: string): Promise<unknown> =>
        codex.request("fs/readFile", { path: `/none/${path}` });
      const refused = await assertRejects(
        () => read("x".repeat(64 * 1024 ** 2)),
        MessageTooLargeError,
      );
      assertEquals([refused.outgoing, refused.limitBytes], [true, 64 * 1024 ** 2]);
      const late = await assertRejects(() => read("\u00e9".repeat(10 * 1024 ** 2)), Error);
      assert(!/closed/.test(late.message), late.message);
      assertEquals((await codex.request("thread/loaded/list", {})).data, [thread.id]);
    }
    const refusals = [
      await refusalOf(websocket(url)),
      await refusalOf(websocket(url, { token: "not-that-token" })),
      await refusalOf(websocket(url, { token, headers: { Origin: "http://127.0.0.1" } })),
    ];
    assertEquals(refusals.map(({ reason, status }) => [reason, status]), [
      ["unauthorized", 401],
      ["unauthorized", 401],
      ["forbidden", 403],
    ]);
    for (const { message } of refusals) assert(!message.includes("that-token"), message);
    assertStringIncludes(refusals[0]?.message ?? "", `"token"`);
  });
});

// Connects to the daemon of CODEX_HOME.
const SCRIPT = `
import { unix } from "ROOT/transports/unix.ts";
const transport = await unix()();
console.log(transport.name, (await transport.close()).code);
`;

test("unix() finds the default socket of CODEX_HOME [R-107]", async () => {
  let path = "";
  await using listener = await startListener("unix://", {
    isUp: ({ codexHome }) => {
      path = join(codexHome, "app-server-control/app-server-control.sock");
      return existsSync(path);
    },
  });
  await withFolder(async (folder) => {
    const script = join(folder, "script.ts");
    await writeFile(script, SCRIPT.replace("ROOT", root));
    await writeFile(join(folder, "package.json"), `{ "type": "module" }`);
    const env = { ...environment(), CODEX_HOME: dirname(dirname(path)) };
    const { stdout, stderr } = await output(scriptCommand(script, "-A", "--no-check"), { env });
    assertEquals(stdout.trim(), "unix 1000", stderr);
  });
  assert(listener.pid > 0);
});

test("unix() follows a long path and sees its server die; webSocketFromStreams() runs over a proxy [R-107]", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "x".repeat(120), "socket");
    await mkdir(dirname(path), { mode: 0o700 });
    const isUp = (): boolean => existsSync(path);
    await using listener = await startListener(`unix://${path}`, { isUp });
    listener.scripted.model.enqueue(message("over the path"));
    await using codex = await Codex.start({ connect: unix(path) });
    const thread = await codex.threadStart({ cwd: listener.scripted.options.cwd });
    assertEquals((await thread.run("Hello")).finalResponse, "over the path");
    const proxy = await current.host().spawn({
      command: codexBinary,
      args: ["app-server", "proxy", "--sock", path],
      env: environment(),
    });
    const streams = { readable: proxy.stdout, writable: proxy.stdin };
    const overProxy = await Codex.start({ connect: () => webSocketFromStreams(streams) });
    assertEquals((await overProxy.request("thread/loaded/list", {})).data, [thread.id]);
    await overProxy.close();
    assertEquals((await proxy.exited).signal, null);
    await proxy.stderr.cancel();
    listener.kill("SIGKILL");
    const close = await codex.exited;
    assertEquals([close.kind, close.local], ["socket", false]);
    const error = await assertRejects(() => thread.run("Hello?"), TransportClosedError);
    assertStringIncludes(error.message, "1006");
  });
});
