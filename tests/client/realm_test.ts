/** Values of another realm, such as a test environment's page, are accepted like those of this one. */
import { runInNewContext } from "node:vm";
import { type Diagnostic, image } from "../../mod.ts";
import { toolOutput } from "../../src/client/tools/tool_output.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { openExec, written } from "./exec/_exec_fixture.ts";
import { openFs } from "./fs/_fs_fixture.ts";
import { delta, open } from "./_fixture.ts";

const PNG = "0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a";
const PNG_URL = "data:image/png;base64,iVBORw0KGgo=";
const bytes: Uint8Array = runInNewContext(`new Uint8Array([${PNG}])`);
const buffer: ArrayBuffer = runInNewContext(`new Uint8Array([${PNG}]).buffer`);

/** A Blob as another implementation makes it. */
const blob = {
  [Symbol.toStringTag]: "Blob",
  size: 8,
  type: "image/png",
  arrayBuffer: () => Promise.resolve(buffer),
} as unknown as Blob;

test("Bytes of another realm are images, results of tools, contents of files and input of commands [R-104]", async () => {
  assertEquals([bytes instanceof Uint8Array, buffer instanceof ArrayBuffer], [false, false]);
  assertEquals(image(bytes), { type: "image", url: PNG_URL });
  assertEquals(image(buffer), { type: "image", url: PNG_URL });
  const { signal } = new AbortController();
  for (const media of [bytes, buffer, blob]) {
    assertEquals(await toolOutput(media, signal), [{ type: "inputImage", imageUrl: PNG_URL }]);
  }

  await using files = await openFs();
  files.server.on("fs/writeFile", () => ({}));
  await files.codex.fs.write("/a.png", bytes);
  const { params } = await files.server.nextRequest("fs/writeFile");
  assertEquals(params, { path: "/a.png", dataBase64: "iVBORw0KGgo=" });

  await using commands = openExec();
  const run = commands.codex.exec(["x"], { input: bytes });
  const started = await commands.started();
  await commands.server.nextRequest("command/exec/write");
  assertEquals(written(commands.server), "\x89PNG\r\n\x1a\n");
  started.exit();
  await run.done;
});

test("A Blob of another realm is an image of a turn [R-104]", async () => {
  await using fixture = await open();
  const turn = await fixture.thread.turn(image(blob));
  const { params } = await fixture.server.nextRequest("turn/start");
  assertEquals(params.input, [{ type: "image", url: PNG_URL }]);
  await turn.interrupt();
});

test("A rejected promise of another realm, returned by a listener, becomes a diagnostic [R-104]", async () => {
  const diagnostics: Diagnostic[] = [];
  await using fixture = await open({ onDiagnostic: (diagnostic) => diagnostics.push(diagnostic) });
  const { codex, server } = fixture;
  codex.on("item/agentMessage/delta", () => runInNewContext('Promise.reject("no")'));
  server.sendBatch([delta("x")]);
  await codex.models().catch(() => {});
  assertEquals(diagnostics.map(({ kind }) => kind), ["callbackError"]);
});
