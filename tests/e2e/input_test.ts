import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { image, localImage, mention, skill } from "../../mod.ts";
import { PathNotFoundError } from "../../errors.ts";
import { message } from "../../testing.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

/** A one-pixel PNG. */
const PNG = Uint8Array.from(
  atob(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  ),
  (char) => char.charCodeAt(0),
);

test("a local PNG becomes a data URL in the model request [R-77]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted } = session;
  const path = join(scripted.home.workspace, "shot.png");
  await writeFile(path, PNG);
  model.enqueue(message("a pixel"));
  const result = await (await codex.threadStart()).run(["What is this?", localImage(path)]);
  assertEquals(result.finalResponse, "a pixel");
  const images = model.requests[0]?.images() ?? [];
  assertEquals(images.length, 1);
  assertMatch(images[0] ?? "", /^data:image\/png;base64,iVBOR/);
});

test("image bytes, a Blob and a data URL reach the model as data URLs [R-77]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const bytes = image(PNG);
  const blob = image(new Blob([PNG], { type: "image/png" }));
  model.enqueue(message("three pixels"));
  await (await codex.threadStart()).run(["What are these?", bytes, blob, image(bytes.url)]);
  const images = model.requests[0]?.images() ?? [];
  assertEquals(images.length, 3);
  for (const url of images) assertMatch(url, /^data:image\/png;base64,iVBOR/);
});

test("a remote image is refused with the reason, or fetched by the SDK on request [R-77]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const address = "http://127.0.0.1:9/x.png";
  const error = await assertRejects(() => thread.run(["What?", image(address)]), TypeError);
  assertMatch(error.message, /the server does not fetch URLs/);

  const fetchBefore = globalThis.fetch;
  const headers = { "content-type": "image/png" };
  globalThis.fetch = (() => Promise.resolve(new Response(PNG, { headers }))) as typeof fetch;
  try {
    model.enqueue(message("a pixel"));
    await thread.run(["What?", image(address, { fetch: true })]);
  } finally {
    globalThis.fetch = fetchBefore;
  }
  assertMatch(model.requests[0]?.images()[0] ?? "", /^data:image\/png;base64,/);
});

test("a skill's body is injected into the model request", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted } = session;
  const folder = join(scripted.home.path, "skills", "haiku");
  const path = join(folder, "SKILL.md");
  await mkdir(folder, { recursive: true });
  await writeFile(
    path,
    "---\nname: haiku\ndescription: Answers in a haiku\n---\nUse five, seven and five syllables.\n",
  );
  model.enqueue(message("done"));
  await (await codex.threadStart()).run(["Greet me.", skill("haiku", path)]);
  const texts = model.requests[0]?.userTexts() ?? [];
  assert(texts.some((text) => text.includes("Use five, seven and five syllables.")), texts.join());
});

test("a mention is accepted beside the text", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted } = session;
  const path = join(scripted.home.workspace, "notes.md");
  await writeFile(path, "notes");
  model.enqueue(message("read"));
  const thread = await codex.threadStart();
  const turn = await thread.turn(["Explain the file.", mention("notes.md", path)]);
  const result = await turn.run();
  const [input] = result.items;
  assert(input?.type === "userMessage", input?.type);
  assertEquals(input.content.find(({ type }) => type === "mention"), {
    type: "mention",
    name: "notes.md",
    path,
  });
  assertEquals(model.requests[0]?.userTexts().includes("Explain the file."), true);
});

test("a missing cwd, image or skill is refused on the real binary, and a turn with existing ones runs", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted } = session;
  const missing = join(scripted.home.workspace, "missing");
  await assertRejects(() => codex.threadStart({ cwd: missing }), PathNotFoundError);
  const thread = await codex.threadStart({ cwd: scripted.home.workspace });
  await assertRejects(() => thread.run(["hi", localImage(missing)]), PathNotFoundError);
  await assertRejects(() => thread.run(["hi", skill("s", missing)]), PathNotFoundError);
  // The server takes relative paths from its own working directory, whatever the thread's.
  await writeFile(join(scripted.home.workspace, "dot.png"), PNG);
  const inHome = { cwd: scripted.home.path };
  await assertRejects(
    () => thread.run(["hi", localImage("missing.png")], inHome),
    PathNotFoundError,
    'below the "cwd" of the client',
  );
  model.enqueue(message("seen"));
  await thread.run(["hi", localImage("dot.png")], inHome);
  assertEquals(model.requests.at(-1)?.images().length, 1);
  model.enqueue(message("done"));
  assertEquals((await thread.run("hi", { cwd: scripted.home.path })).finalResponse, "done");
});
