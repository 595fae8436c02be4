import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  deltas,
  disconnect,
  failure,
  gate,
  message,
  ModelServer,
  RecordingError,
  usage,
  viewRecording,
} from "../../testing.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { collect } from "../_support/collect.ts";
import { loopbackFetch } from "../_support/loopback_fetch.ts";
import { test } from "../_support/test.ts";

const KEY = "opaque-upstream-key";

interface Asked {
  readonly cwd?: string;
  readonly id?: string;
  readonly key?: string;
}

/** Sends a request as the runtime does: with a context, ids and a key. */
async function ask(
  model: ModelServer,
  text: string,
  { cwd = "/tmp/one", id = "0199-a", key = "client-key" }: Asked = {},
): Promise<{ readonly status: number; readonly text: string; readonly retryAfter: string | null }> {
  const user = (text: string): object => {
    return { type: "message", id, role: "user", content: [{ type: "input_text", text }] };
  };
  const context = `<environment_context>\n  <cwd>${cwd}</cwd>\n</environment_context>`;
  const head = `Chunk ID: ${id}\nWall time: ${id} seconds\nProcess exited with code 0\n`;
  const output = `${head}Original token count: ${id}\nOutput:\n${cwd}/file\n`;
  const response = await loopbackFetch(`${model.url}/responses`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model: "m",
      prompt_cache_key: id,
      instructions: `for ${id}`,
      input: [
        user(context),
        user(text),
        { type: "function_call_output", id, call_id: id, output },
      ],
    }),
  });
  const body = await response.text().catch(() => "cut");
  return { status: response.status, text: body, retryAfter: response.headers.get("retry-after") };
}

/** The texts and types of an event stream. */
function eventsOf(text: string): string[] {
  return text.split("\n").filter((line) => line.startsWith("data: ")).map((line) => {
    const { type, delta } = JSON.parse(line.slice(6)) as { type: string; delta?: string };
    return delta ?? type;
  });
}

test("ModelServer.record asks the upstream once and then plays, whatever the ids, folders and keys; no key is in the file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "codex-recording-"));
  const file = join(folder, "model.jsonl");
  await using upstream = await ModelServer.start();
  upstream.enqueueFor(
    "hello",
    deltas(["sk-proj-", "0123456789abcdef"], { id: "m-1" }),
    usage({ inputTokens: 3 }),
  );
  upstream.enqueueFor("busy", failure({ status: 429, headers: { "retry-after": "3" } }));
  upstream.enqueueFor("busy", message("free again"));
  upstream.enqueueFor("cut", deltas(["half"]), disconnect());
  upstream.enqueueFor("who", failure({ status: 401, body: { error: { message: KEY } } }));
  const options = { file, upstream: { url: upstream.url, apiKey: KEY } };

  const program = async (model: ModelServer, asked: Asked): Promise<unknown> => {
    const hello = await ask(model, "Say hello", asked);
    const refused = await ask(model, "busy?", asked);
    const free = await ask(model, "busy?", asked);
    const cut = await ask(model, "cut", asked);
    return [
      ...[hello.status, eventsOf(hello.text).length, eventsOf(free.text)[2]],
      ...[refused.status, refused.retryAfter, eventsOf(cut.text)],
    ];
  };
  const recorder = await ModelServer.record(options);
  const first = await program(recorder, {});
  assertEquals(first, [200, 6, "free again", 429, "3", []]);
  assertEquals((await ask(recorder, "who are you?")).status, 401);
  assertEquals(recorder.unexpected.length, 0);
  assert(upstream.requests.every(({ headers }) => headers["authorization"] === `Bearer ${KEY}`));
  await recorder.close();
  await upstream.close();

  const text = await readFile(file, "utf8");
  for (const secret of [KEY, "client-key", "sk-proj-0123456789abcdef", "for 0199-a"]) {
    assert(!text.includes(secret), secret);
  }
  await using player = await ModelServer.record({ file, upstream: "http://127.0.0.1:1/v1" });
  const asked = { cwd: "/tmp/other-longer", id: "7", key: "k" };
  assertEquals(await program(player, asked), first);
  assertEquals(player.unexpected.length, 0);

  const changed = await ask(player, "Say goodbye", asked);
  assertEquals([changed.status, player.unexpected.length], [400, 1]);
  assertStringIncludes(changed.text, "the recording has no further request for /v1/responses");
  assertStringIncludes(changed.text, "delete the file and use ModelServer.record()");
  await rm(folder, { recursive: true });
});

test("ModelServer.replay says what is new in a request, plays an interrupted response until the runtime leaves, and refuses other files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "codex-recording-"));
  const file = join(folder, "model.jsonl");
  await using upstream = await ModelServer.start();
  const hold = gate();
  upstream.enqueueFor("long", deltas(["begun", hold, "never"]));
  upstream.enqueueFor("twice", message("yes\x1b[2J"));
  const matchBy = (request: { lastUserText(): string | undefined }): unknown =>
    request.lastUserText();
  // A file without a response counts as missing.
  await (await ModelServer.record({ file, upstream: upstream.url })).close();
  await using recorder = await ModelServer.record({ file, upstream: upstream.url, matchBy });

  const leave = async (model: ModelServer): Promise<string> => {
    const body = JSON.stringify({
      input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "long" }] }],
    });
    const response = await loopbackFetch(`${model.url}/responses`, { method: "POST", body });
    const reader = response.body?.getReader();
    let text = "";
    while (!text.includes("begun")) {
      text += new TextDecoder().decode((await reader?.read())?.value);
    }
    await reader?.cancel();
    return text;
  };
  await leave(recorder);
  await ask(recorder, "twice");
  await recorder.close();
  hold.open();

  await using player = await ModelServer.replay(file, { matchBy });
  await leave(player);
  const wrong = await ask(player, "thrice");
  assertStringIncludes(wrong.text, "differs from the one of line");
  assertStringIncludes(wrong.text, "thrice");
  assertStringIncludes((await ask(player, "twice")).text, "yes\\u001b[2J");
  assertStringIncludes((await ask(player, "twice")).text, "more often than it was recorded");
  assertEquals(player.unexpected.length, 2);
  const lines = await collect(viewRecording(file));
  assert(
    lines.some((line) =>
      line.startsWith("#2 < response.output_text.delta") && line.includes("yes")
    ),
  );
  assert(lines.every((line) => !line.includes("\x1b")));

  const missing = join(folder, "missing.jsonl");
  await assertRejects(() => ModelServer.replay(missing), RecordingError, "there is no such file");
  const wrongUpstream = [
    ["ftp://a/v1", '"upstream" must have an http: or https: URL'],
    [{ url: "http://example.com/v1", apiKey: "k" }, "because the key is sent there"],
    [{ url: "https://example.com/v1", key: "k" }, 'Unknown option "key"'],
  ] as const;
  for (const [upstream, reason] of wrongUpstream) {
    const given = { file: missing, upstream: upstream as string };
    await assertRejects(() => ModelServer.record(given), TypeError, reason);
  }
  await using alone = await ModelServer.record({
    file: missing,
    upstream: "http://127.0.0.1:1/v1",
  });
  const unreachable = await ask(alone, "hello");
  assertEquals(unreachable.status, 502);
  assertStringIncludes(unreachable.text, "Cannot reach the model at");
  await alone.close();
  await rm(folder, { recursive: true });
});
