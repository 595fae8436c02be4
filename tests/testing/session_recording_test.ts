import { existsSync } from "node:fs";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Codex } from "../../mod.ts";
import { TransportClosedError } from "../../errors.ts";
import {
  agentMessage,
  FakeAppServer,
  fakeThreadStart,
  fakeTurn,
  RecordingError,
  recordTransport,
  ReplayMismatchError,
  replayTransport,
  turnEvents,
  viewRecording,
} from "../../testing.ts";
import { assert, assertEquals, assertInstanceOf, assertRejects } from "../_support/assert.ts";
import { assertMatch, assertStringIncludes, assertThrows } from "../_support/assert.ts";
import { collect } from "../_support/collect.ts";
import { test } from "../_support/test.ts";

const KEY = "sk-proj-0123456789abcdef";
const APPROVAL = "item/commandExecution/requestApproval";

class Folder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<Folder> {
    return new Folder(await mkdtemp(join(tmpdir(), "codex-recording-")));
  }

  file(name: string): string {
    return join(this.path, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}

/** A server with one thread, whose turn asks for an approval and says what was answered. */
function scripted(): FakeAppServer {
  const server = new FakeAppServer();
  let folder = "";
  server
    .on("thread/start", ({ cwd }) => {
      folder = String(cwd);
      return { ...fakeThreadStart("thread-1"), cwd: folder };
    })
    .on("model/list", () => ({ data: [], nextCursor: null }))
    .on("account/read", () => ({ account: null, requiresOpenaiAuth: false }))
    .on("turn/start", (params) => {
      const { clientUserMessageId } = params;
      void Promise.resolve().then(async () => {
        const turn = { threadId: "thread-1", turnId: "turn-1" };
        server.sendBatch(turnEvents({ ...turn, status: "inProgress" }));
        const { result } = await server.request(APPROVAL, {
          ...turn,
          itemId: "command-1",
          startedAtMs: 5,
          command: `curl -H "authorization: Bearer ${KEY}"`,
          cwd: "/there",
        });
        const { decision } = result as { decision: string };
        const text = `${decision} in ${folder}/project \x1b[2J`;
        const message = agentMessage(String(clientUserMessageId), text);
        server.sendBatch(turnEvents({ ...turn, items: [message] }));
      });
      return { turn: fakeTurn("turn-1") };
    });
  return server;
}

/** A run of a program: two requests that are under way together, and a turn with an approval. */
async function program(
  connect: () => Promise<never>,
  { text = "Say hello", decision = "accept", id = "mine", cwd = "/here", swap = false } = {},
): Promise<string> {
  await using codex = await Codex.start({ connect });
  const calls = [() => codex.models(), () => codex.account()];
  await Promise.all((swap ? calls.toReversed() : calls).map((call) => call()));
  const thread = await codex.threadStart({ cwd, approvalMode: "ask" });
  const result = await thread.run(text, {
    clientUserMessageId: id,
    onCommandApproval: () => decision as "accept",
  });
  return `${result.items.at(-1)?.id}: ${result.finalResponse}`;
}

const run = program as unknown as (
  connect: unknown,
  options?: NonNullable<Parameters<typeof program>[1]>,
) => Promise<string>;

async function causeOf(run: Promise<unknown>): Promise<ReplayMismatchError> {
  const error = await assertRejects(() => run, TransportClosedError);
  assertInstanceOf(error.cause, ReplayMismatchError);
  assertStringIncludes(error.message, error.cause.message);
  return error.cause;
}

test("replayTransport plays what recordTransport has written, to a client with other ids, folders and order, and no secret is in the file", async () => {
  await using folder = await Folder.create();
  const file = folder.file("session.jsonl");
  await using server = scripted();
  assertEquals(
    await run(recordTransport(server.connect, file)),
    "mine: accept in /here/project \x1b[2J",
  );

  const text = await readFile(file, "utf8");
  assert(!text.includes(KEY), text);
  assertStringIncludes(text, "Bearer [redacted]");
  for (const line of text.trim().split("\n").slice(1)) {
    const { at } = JSON.parse(line) as { at: number };
    assert(at >= 0 && at < 60_000, "a time relative to the start");
  }

  // A cut off last line is left out, as after a crash.
  await appendFile(file, '{"at":99,"rece');
  assertEquals(
    await run(replayTransport(file), { id: "another", cwd: "/elsewhere", swap: true }),
    "another: accept in /elsewhere/project \x1b[2J",
  );
});

test("replayTransport ends the connection at what the recording does not know, and says what differs", async () => {
  await using folder = await Folder.create();
  const file = folder.file("session.jsonl");
  await using server = scripted();
  await run(recordTransport(server.connect, file));

  const other = await causeOf(run(replayTransport(file), { text: "Say \x1b[2Jgoodbye" }));
  assertEquals(other.code, "replay_mismatch");
  assertEquals([other.file, other.method], [file, "turn/start"]);
  assertEquals(other.differences, [
    'params.input[0].text: "Say \\u001b[2Jgoodbye" instead of "Say hello"',
  ]);
  const declined = await causeOf(run(replayTransport(file), { decision: "decline" }));
  assertEquals(declined.differences, ['result.decision: "decline" instead of "accept"']);

  await using codex = await Codex.start({ connect: replayTransport(file) });
  const unknown = await causeOf(codex.request("config/read", { includeLayers: false }));
  assertMatch(unknown.message, /the recording has no config\/read\. .* recordTransport\(\)$/);

  await using twice = await Codex.start({ connect: replayTransport(file) });
  await Promise.all([twice.models(), twice.account()]);
  const repeated = await causeOf(twice.models());
  assertStringIncludes(repeated.message, "model/list more often than the recording has it");

  await using idle = await Codex.start({ connect: replayTransport(file, { timeoutMs: 20 }) });
  const missing = await causeOf(idle.account());
  assertMatch(
    missing.message,
    /has not sent model\/list of line \d+ within 20 ms, but account\/read/,
  );
  assertThrows(() => replayTransport(file, { timeoutMs: -1 }), RangeError);
});

test("replayTransport plays the end of a process, each connection of a recording, and one that was cut off", async () => {
  await using folder = await Folder.create();
  const file = folder.file("session.jsonl");
  await using server = new FakeAppServer();
  server.on("model/list", () => ({ data: [], nextCursor: null }));
  const connect = recordTransport(server.connect, new URL(`file://${file}`));
  const crash = async (connect: typeof server.connect): Promise<TransportClosedError> => {
    await using codex = await Codex.start({ connect });
    return await assertRejects(() => codex.account(), TransportClosedError);
  };
  server.on("account/read", () => server.exit({ code: 7, stderrTail: `key ${KEY}\nworse` }));
  await crash(connect);
  await using again = await Codex.start({ connect });
  await again.models();
  await again.close();

  const replay = replayTransport(file);
  const { exitCode, stderrTail } = await crash(replay);
  assertEquals([exitCode, stderrTail], [7, "key sk-[redacted]\nworse"]);
  await using second = await Codex.start({ connect: replay });
  assertEquals(await second.models(), []);
  await assertRejects(() => replay(), RecordingError, "it has no connection 3");

  const lines = (await readFile(file, "utf8")).split("\n");
  const cut = folder.file("cut.jsonl");
  await writeFile(cut, lines.filter((line) => !/"end"|"connection":2/.test(line)).join("\n"));
  await using rest = await Codex.start({ connect: replayTransport(cut) });
  const after = await causeOf(Promise.race([rest.account(), rest.models()]));
  assertEquals(after.method, "model/list");
});

test("a recording that cannot be used is refused by name", async () => {
  await using folder = await Folder.create();
  const refused: readonly (readonly [string, string])[] = [
    ["", "it is empty"],
    ["hello\n", "it is not a recording of this SDK"],
    ['{"format":"codex-model","version":1}\n', "it is of a model, for ModelServer.replay()"],
    ['{"format":"codex-session","version":2}\n', "its version is 2, and this SDK reads version 1"],
    ['{"format":"codex-session","version":1}\nnonsense\n{}\n', "line 2 is not JSON"],
  ];
  for (const [text, reason] of refused) {
    const file = folder.file("broken.jsonl");
    await writeFile(file, text);
    const error = await assertRejects(() => replayTransport(file)(), RecordingError, reason);
    assertEquals([error.code, error.file], ["recording", file]);
  }
  const missing = folder.file("missing.jsonl");
  await assertRejects(() => replayTransport(missing)(), RecordingError, "there is no such file");
  await assertRejects(() => viewRecording(missing).next(), RecordingError, "no such file");
  assertThrows(() => replayTransport(5 as never), TypeError, '"file" must be a path');
  // A connection that cannot be opened leaves no open file.
  const failing = recordTransport(() => Promise.reject(new Error("no server")), missing);
  await assertRejects(() => failing(), Error, "no server");
  assert(existsSync(missing));
});

test("recordTransport redacts fields and Base64 by name, and what the caller asks for", async () => {
  await using folder = await Folder.create();
  const file = folder.file("session.jsonl");
  const secrets = ["opaque-1", "opaque-2", "opaque-3", "opaque-4", "Nightfall"];
  await using server = new FakeAppServer();
  server.on("command/exec", () => ({ exitCode: 0, stdout: "", stderr: "" }));
  const redact = (text: string): string => text.replaceAll("Nightfall", "[project]");
  const connect = recordTransport(server.connect, file, { redact });
  const params = {
    command: ["deploy", "Nightfall"],
    env: { DEPLOY: "opaque-1" },
    apiKey: "opaque-2",
    config: {
      "mcp_servers.docs.env.KEY": "opaque-3",
      mcp: { http_headers: { "X-K": "opaque-4" } },
    },
    deltaBase64: btoa(`key ${KEY}`),
    tokens: 5,
  };
  const send = async (connect: typeof server.connect): Promise<void> => {
    await using codex = await Codex.start({ connect });
    await codex.request("command/exec", params as never);
  };
  await send(connect);
  const text = await readFile(file, "utf8");
  for (const secret of [...secrets, btoa(`key ${KEY}`)]) assert(!text.includes(secret), text);
  assertStringIncludes(text, btoa("key sk-[redacted]"));
  assertStringIncludes(text, '"tokens":5');
  await send(replayTransport(file, { redact })); // the same words are redacted before they are compared
});

test("viewRecording joins pieces, names the requests of answers, and shows nothing hostile [R-106]", async () => {
  await using folder = await Folder.create();
  const file = folder.file("session.jsonl");
  const piece = (delta: string): object => {
    return { receive: { method: "item/agentMessage/delta", params: { itemId: "i", delta } } };
  };
  const entries = [
    { format: "codex-session", version: 1, sdk: "0" },
    { at: 0, open: { transport: "a\u202eb" } },
    { at: 1, send: { id: 1, method: "model/list", params: {} } },
    { at: 2, receive: { id: 1, result: { data: "\u202e" } } },
    { at: 3, receive: { id: 1, method: "ask/\x1b]0;title\x07", params: {} } },
    { at: 4, send: { id: 1, error: { code: 1 } } },
    { at: 5, ...piece("\x1b[2J") },
    { at: 6, ...piece("more") },
    { at: 7, receive: "not\rJSON" },
    { at: 8, connection: 2, end: { kind: "stream", local: true } },
  ];
  await writeFile(file, entries.map((entry) => JSON.stringify(entry)).join("\n"));
  const lines = await collect(viewRecording(file, { width: 60 }));
  assertEquals(lines, [
    "     0 ms  --- a\\u202eb",
    "     1 ms  > model/list {}",
    '     2 ms  < model/list: {"data":"\\u202e"}',
    "     3 ms  < ? ask/\\x1b]0;title\\x07 {}",
    '     4 ms  > ask/\\x1b]0;title\\x07: failed {"code":1}',
    '     5 ms  < item/agentMessage/delta x2 "\\u001b[2Jmore"',
    "     7 ms  < (not JSON) not\\rJSON",
    '     8 ms [2]  --- end {"kind":"stream","local":true}',
  ]);
});
