import {
  APICallError,
  generateText,
  InvalidPromptError,
  isStepCount,
  LoadAPIKeyError,
  type ModelMessage,
  Output,
  RetryError,
  streamText,
  tool,
} from "ai";
import { z } from "zod";
import { type CodexProvider, createCodex } from "../../ai.ts";
import {
  deltas,
  failure,
  functionCall,
  gate,
  message,
  reasoning,
  shellCommand,
  TemporaryCodexHome,
  usage,
} from "../../testing.ts";
import { deferred } from "../../src/util/deferred.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

(globalThis as { AI_SDK_LOG_WARNINGS?: boolean }).AI_SDK_LOG_WARNINGS = false;

/** The metadata of the provider in a result. */
function codexOf(
  result: { readonly providerMetadata?: unknown },
): { threadId: string; turnId: string; status: string } {
  const { codex } = result.providerMetadata as {
    codex: { threadId: string; turnId: string; status: string };
  };
  return codex;
}

/** The parts of a content, without ids and metadata. */
function plain(content: readonly { readonly type: string }[]): unknown[] {
  return content.map((part) => {
    const { type, text, toolName, input, output } = part as Record<string, unknown>;
    const rest = { text, toolName, input, output };
    return [type, ...Object.values(rest).filter((value) => value !== undefined)];
  });
}

const weather = tool({
  description: "Returns the weather of a city.",
  inputSchema: z.object({ city: z.string().min(2) }),
  execute: ({ city }) => {
    if (city === "Atlantis") throw new Error("no such city");
    return { city, degrees: 21 };
  },
});

test("the models of createCodex() run the tools of the AI SDK within one turn, with usage by step [R-120]", async () => {
  await using session = await ScriptedCodex.start();
  const { model } = session;
  await using codex = createCodex({ codex: session.codex, thread: { sandbox: "readOnly" } });

  model.enqueue(
    reasoning("Looking ", "around"),
    message("Let me see.", { phase: "commentary" }),
    functionCall("weather", { city: "Bern" }, { callId: "a" }),
    functionCall("weather", { city: "Atlantis" }, { callId: "b" }),
    functionCall("weather", { city: "X" }, { callId: "c" }),
    usage({ inputTokens: 10, cachedInputTokens: 4, outputTokens: 5, reasoningOutputTokens: 2 }),
  );
  model.enqueue(
    shellCommand("echo hi", { callId: "d" }),
    usage({ inputTokens: 20, outputTokens: 7 }),
  );
  model.enqueue(
    message("On the way.", { phase: "commentary" }),
    message("21 degrees.", { phase: "final_answer" }),
    usage({ inputTokens: 30, outputTokens: 9 }),
  );
  const result = await generateText({
    model: codex(),
    instructions: "Speak plainly.",
    prompt: "How warm is it?",
    tools: { weather },
    stopWhen: isStepCount(4),
    temperature: 0.2,
  });
  const [first, second] = result.steps;
  assertEquals(result.steps.length, 2);
  const parts = plain(first?.content ?? []);
  assertEquals(parts.slice(0, 3), [
    ["reasoning", "Looking "],
    ["reasoning", "around"],
    ["text", "Let me see."],
  ]);
  // The server runs the calls of one response at once, and asks for them in any order.
  assertEquals(parts.slice(3).map((part) => JSON.stringify(part)).sort(), [
    '["tool-call","weather",{"city":"Atlantis"}]',
    '["tool-call","weather",{"city":"Bern"}]',
    '["tool-error","weather",{"city":"Atlantis"}]',
    '["tool-result","weather",{"city":"Bern"},{"city":"Bern","degrees":21}]',
  ]);
  assertEquals(first?.finishReason, "tool-calls");
  assertEquals(first?.warnings?.map((one) => "feature" in one && one.feature), ["temperature"]);
  const command = second?.content.find(({ type }) => type === "tool-result");
  assert(command?.type === "tool-result" && command.providerExecuted && command.dynamic);
  assertEquals((command.output as { output: string }).output, "hi\n");
  assertEquals([result.finishReason, result.text], ["stop", "On the way.\n\n21 degrees."]);
  assertEquals(
    result.steps.map(({ usage: { inputTokens, outputTokens } }) => [inputTokens, outputTokens]),
    [[10, 5], [50, 16]],
  );
  const { inputTokenDetails, outputTokenDetails } = result.usage;
  assertEquals([inputTokenDetails.cacheReadTokens, outputTokenDetails.reasoningTokens], [4, 2]);

  const [, request] = model.requests;
  const outputs = request?.functionOutputs();
  assertEquals(outputs?.get("a"), '{"city":"Bern","degrees":21}');
  assertEquals(outputs?.get("b"), 'The tool "weather" failed: Error: no such city');
  assertMatch(outputs?.get("c") ?? "", /was not run: its arguments do not fit/); // by the schema
  assertStringIncludes(JSON.stringify(model.requests[0]?.body), "Speak plainly.");
});

test("a stream of the AI SDK has live text, and an approval that the next call answers [R-120]", async () => {
  await using session = await ScriptedCodex.start({}, {
    features: { request_permissions_tool: true },
  });
  const { model } = session;
  await using codex = createCodex({
    codex: session.codex,
    toolApprovals: true,
    thread: { sandbox: "readOnly" },
  });
  const opened = gate();
  model.enqueue(deltas(["Hel", opened, "lo"]));
  const pieces: string[] = [];
  for await (const piece of streamText({ model: codex(), prompt: "hi" }).textStream) {
    pieces.push(piece);
    opened.open(); // the first piece came while the model was still writing
  }
  assertEquals(pieces, ["Hel", "lo"]);

  for (const approved of [true, false]) {
    model.enqueue(shellCommand("echo outside", { escalate: "please", callId: "sh" }));
    model.enqueue(message("as you wish"));
    const messages: ModelMessage[] = [{ role: "user", content: "run it" }];
    const asked = streamText({ model: codex(), messages });
    const content = await asked.content;
    assertEquals(content.map(({ type }) => type), ["tool-call", "tool-approval-request"]);
    const [, request] = content;
    assert(request?.type === "tool-approval-request");
    assertEquals([request.toolCall.toolName, await asked.finishReason], [
      "commandExecution",
      "tool-calls",
    ]);
    const { approvalId } = request;
    messages.push(...(await asked.response).messages, {
      role: "tool",
      content: [{ type: "tool-approval-response", approvalId, approved, providerExecuted: true }],
    });
    const answered = await generateText({ model: codex(), messages });
    const done = answered.content.find(({ type }) => type === "tool-result");
    assert(done?.type === "tool-result");
    assertEquals(done.toolCallId, request.toolCall.toolCallId);
    const { status, output } = done.output as { status: string; output: string };
    assertEquals([status, output], approved ? ["completed", "outside\n"] : ["declined", ""]);
    assertEquals(answered.text, "as you wish");
    // The same answer again is for nobody.
    await assertRejects(
      () => generateText({ model: codex(), messages }),
      InvalidPromptError,
      "has ended",
    );
  }

  // No item stands for this approval.
  const permissions = { network: { enabled: true } };
  model.enqueue(functionCall("request_permissions", { reason: "need it", permissions }));
  model.enqueue(message("thanks"));
  const messages: ModelMessage[] = [{ role: "user", content: "ask" }];
  const asked = await generateText({ model: codex(), messages });
  const request = asked.content.find(({ type }) => type === "tool-approval-request");
  assert(request?.type === "tool-approval-request");
  const { approvalId, toolCall: { toolName } } = request;
  messages.push(...asked.responseMessages, {
    role: "tool",
    content: [{
      type: "tool-approval-response",
      approvalId,
      approved: true,
      providerExecuted: true,
    }],
  });
  const { content } = await generateText({ model: codex(), messages });
  assertEquals(plain(content).map((part) => (part as unknown[])[0]), [
    "tool-call",
    "tool-result",
    "text",
  ]);
  const [, result] = content;
  assert(result?.type === "tool-result");
  assertEquals([result.toolName, result.output], [toolName, { approved: true }]);
});

test("Output.object() of the AI SDK is JSON in strict mode, with remarks as reasoning", async () => {
  await using session = await ScriptedCodex.start();
  const { model } = session;
  await using codex = createCodex({ codex: session.codex });
  const remark = message("I will write JSON.", { phase: "commentary" });

  model.enqueue(remark, deltas(['{"name":', '"Faust"}'], { phase: "final_answer" }));
  const strict = z.object({ name: z.string() });
  const live = streamText({
    model: codex(),
    prompt: "Who?",
    output: Output.object({ schema: strict }),
  });
  const partial: unknown[] = [];
  for await (const one of live.partialOutputStream) partial.push(one);
  assertEquals([partial.at(-1), await live.output], [{ name: "Faust" }, { name: "Faust" }]);
  assertEquals(await live.reasoningText, "I will write JSON.");

  // The server reports no phase: only the last message is the answer.
  model.enqueue(message("A remark."), message('{"name":"Faust","born":null}'));
  const optional = z.object({ name: z.string(), born: z.number().optional() });
  const output = Output.object({ schema: optional });
  const { output: person } = await generateText({ model: codex(), prompt: "Who?", output });
  assertEquals(person, { name: "Faust" }); // the null of strict mode is gone
  const sent = model.requests.at(-1)?.body as {
    text: { format: { schema: { required: string[] } } };
  };
  assertEquals(sent.text.format.schema.required, ["name", "born"]);

  model.enqueue(message('{"a":1}'));
  const loose = Output.object({ schema: z.object({}).catchall(z.number()) });
  const counts = await generateText({ model: codex(), prompt: "Count.", output: loose });
  assertEquals(counts.output as unknown, { a: 1 });
  assertEquals(counts.warnings?.map(({ type }) => type), ["compatibility"]);
});

test("a conversation of the AI SDK starts a thread with its history, or continues one by its id", async () => {
  await using session = await ScriptedCodex.start();
  const { codex: client, model } = session;
  await using codex = createCodex({ codex: client });
  const pixel = Uint8Array.from(atob(PIXEL), (char) => char.charCodeAt(0));
  model.enqueue(message("first"));
  const first = await generateText({
    model: codex(),
    messages: [
      { role: "user", content: "What is 1 + 1?" },
      { role: "assistant", content: "2" },
      {
        role: "user",
        content: [
          { type: "text", text: "And this?" },
          { type: "file", mediaType: "image/png", data: pixel },
          {
            type: "file",
            mediaType: "text/plain",
            filename: "a.txt",
            data: new TextEncoder().encode("note"),
          },
        ],
      },
    ],
  });
  const sent = JSON.stringify(model.requests.at(-1)?.body);
  for (
    const piece of [
      "What is 1 + 1?",
      '"output_text","text":"2"',
      `base64,${PIXEL}`,
      "a.txt:\\nnote",
    ]
  ) {
    assertStringIncludes(sent, piece);
  }
  const { threadId } = codexOf(first);

  model.enqueue(message("second"));
  const messages: ModelMessage[] = [...first.responseMessages, { role: "user", content: "Go on." }];
  const providerOptions = { codex: { threadId, effort: "low" } };
  const second = await generateText({ model: codex(), messages, providerOptions });
  assertEquals([codexOf(second).threadId, second.text], [threadId, "second"]);
  const { input } = model.requests.at(-1)?.body as { input: unknown[] };
  assertEquals(JSON.stringify(input).split('"first"').length, 2); // from the thread, not from the messages

  // Another provider resumes it; the server reports no raw events of it, so a silence ends the step.
  await client.threadResume(threadId).then((thread) => thread.close());
  await using other = createCodex({ codex: client });
  model.enqueue(message("third"));
  const third = await generateText({
    model: other(),
    instructions: "New ones.",
    prompt: "Once more.",
    providerOptions: { codex: { threadId, fork: true } },
  });
  assert(codexOf(third).threadId !== threadId);
  assertEquals(third.warnings?.map((one) => "feature" in one && one.feature), ["system message"]);
  await assertRejects(
    () =>
      generateText({ model: codex(), prompt: "x", providerOptions: { codex: { thread: "t" } } }),
    TypeError,
    'Unknown option "thread"',
  );
  const pdf = { type: "file", mediaType: "application/pdf", data: "JVBERi0xLjcK" } as const;
  await assertRejects(
    () => generateText({ model: codex(), messages: [{ role: "user", content: [pdf] }] }),
    Error,
    "application/pdf",
  );
});

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4" +
  "2mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

test("a tool that waits in a resumed thread ends its step after a silence", async () => {
  await using session = await ScriptedCodex.start();
  const { codex: client, model, scripted: { options } } = session;
  model.enqueue(message("ready"));
  const first = await generateText({
    model: createCodex({ codex: client })(),
    prompt: "hi",
    tools: { weather },
  });
  await client.close();
  await using again = createCodex({ options });
  model.enqueue(functionCall("weather", { city: "Rome" }, { callId: "r" }));
  model.enqueue(message("warm"));
  const { steps } = await generateText({
    model: again(),
    prompt: "And Rome?",
    tools: { weather },
    stopWhen: isStepCount(3),
    providerOptions: { codex: { threadId: codexOf(first).threadId } },
  });
  assertEquals(steps.map(({ finishReason }) => finishReason), ["tool-calls", "stop"]);
  assertEquals(model.requests.at(-1)?.functionOutputs().get("r"), '{"city":"Rome","degrees":21}');
});

test("an abort, a limit and a conversation that goes on interrupt a turn of the AI SDK [R-120]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex: client, model } = session;
  await using codex = createCodex({ codex: client });
  const idle = async (provider: CodexProvider, threadId: string): Promise<void> => {
    model.enqueue(message("free again"));
    const providerOptions = { codex: { threadId } };
    const { text } = await generateText({
      model: provider(),
      prompt: "still there?",
      providerOptions,
    });
    assertEquals(text, "free again");
  };

  // While the model writes.
  const never = gate();
  model.enqueue(deltas(["begin", never, "end"]));
  const abort = new AbortController();
  const streamed = streamText({ model: codex(), prompt: "hi", abortSignal: abort.signal });
  const types: string[] = [];
  let threadId = "";
  for await (const part of streamed.fullStream) {
    types.push(part.type);
    if (part.type === "text-start") threadId = codexOf(part).threadId;
    if (part.type === "text-delta") abort.abort();
  }
  assertEquals(types.at(-1), "abort");
  never.open();
  await idle(codex, threadId);

  // When the reader of a stream leaves.
  const left = gate();
  model.enqueue(deltas(["begin", left, "end"]));
  const { stream } = await codex().doStream({
    prompt: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
  });
  const reader = stream.getReader();
  for (;;) {
    const { value } = await reader.read();
    if (value?.type === "text-start") threadId = codexOf(value).threadId;
    if (value?.type === "text-delta") break;
  }
  await reader.cancel();
  left.open();
  await idle(codex, threadId);

  // While a tool of the AI SDK runs.
  model.enqueue(functionCall("endless", {}));
  const during = new AbortController();
  const called = deferred<void>();
  const endless = tool({
    inputSchema: z.object({}),
    execute: (_input, { abortSignal }): Promise<string> => {
      called.resolve();
      return new Promise((_, reject) =>
        abortSignal?.addEventListener("abort", () => reject(abortSignal.reason))
      );
    },
  });
  const started = client.notifications({ methods: ["turn/completed"] });
  const running = generateText({
    model: codex(),
    prompt: "hi",
    tools: { endless },
    abortSignal: during.signal,
    stopWhen: isStepCount(3),
  });
  const rejected = assertRejects(() => running, Error);
  await called.promise;
  during.abort();
  await rejected;
  const ended = await started.next();
  await started.return();
  assert(!ended.done && ended.value.method === "turn/completed");
  assertEquals(ended.value.params.turn.status, "interrupted");

  // When nobody answers: by the limit, and because the conversation goes on.
  for (const answerTimeoutMs of [1, 0]) {
    const provider = createCodex({ codex: client, answerTimeoutMs });
    const asks = tool({ inputSchema: z.object({}), outputSchema: z.string() });
    model.enqueue(functionCall("asks", {}));
    const messages: ModelMessage[] = [{ role: "user", content: "hi" }];
    const asked = await generateText({ model: provider(), messages, tools: { asks } });
    const [call] = asked.toolCalls;
    assert(call !== undefined);
    messages.push(...asked.responseMessages, {
      role: "tool",
      content: [{ ...call, type: "tool-result", output: { type: "text", value: "late" } }],
    });
    await idle(provider, codexOf(asked).threadId);
    const late = (): Promise<unknown> =>
      generateText({ model: provider(), messages, tools: { asks } });
    await assertRejects(late, InvalidPromptError, "has ended");
    await provider.close();
  }
});

test("errors of a turn are errors of the AI SDK, retried only if nothing was done", async () => {
  await using session = await ScriptedCodex.start();
  const { model } = session;
  await using codex = createCodex({ codex: session.codex });
  model.enqueue(failure({ status: 503 }));
  model.enqueue(message("second try"));
  const { text } = await generateText({ model: codex(), prompt: "hi", maxRetries: 1 });
  assertEquals(text, "second try");

  model.enqueue(shellCommand("echo once", { callId: "once" }));
  model.enqueue(failure({ status: 503 }));
  const failed = await generateText({ model: codex(), prompt: "hi" }).then(
    () => assert(false),
    (error: unknown) => error,
  );
  assert(APICallError.isInstance(failed) && !RetryError.isInstance(failed));
  assertEquals([failed.isRetryable, failed.statusCode], [false, 503]);
  assertEquals((failed.data as { code: string }).code, "turn_failed");

  await using home = await TemporaryCodexHome.create({
    rootToml: 'model_provider = "strict"',
    extraToml: `[model_providers.strict]
name = "Strict"
base_url = "${model.url}"
wire_api = "responses"
requires_openai_auth = true
stream_max_retries = 5`,
  });
  for (let n = 0; n < 6; n++) model.enqueue(failure({ status: 401, body: { error: "no key" } }));
  const thread = { cwd: home.workspace };
  await using loggedOut = createCodex({ options: { env: home.env }, thread });
  const asked = (): Promise<unknown> => generateText({ model: loggedOut(), prompt: "hi" });
  await assertRejects(asked, LoadAPIKeyError, "nobody is logged in");
});
