import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../_support/assert.ts";
import { loopbackFetch } from "../_support/loopback_fetch.ts";
import { test } from "../_support/test.ts";
import {
  deltas,
  disconnect,
  failed,
  failure,
  functionCall,
  gate,
  message,
  ModelServer,
  rawEvent,
  reasoning,
  type ResponseStep,
  usage,
} from "../../testing.ts";

interface SseEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

function ask(model: ModelServer, text: string, fields: object = {}): Promise<Response> {
  const input = [{ type: "message", role: "user", content: [{ type: "input_text", text }] }];
  return loopbackFetch(`${model.url}/responses`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer test-token" },
    body: JSON.stringify({ model: "mock-model", input, ...fields }),
  });
}

async function events(response: Response): Promise<SseEvent[]> {
  const text = await response.text();
  return text.trim().split("\n\n").map((block) => {
    const [name, data] = block.split("\n");
    const event = JSON.parse(data?.replace("data: ", "") ?? "null") as SseEvent;
    assertEquals(name, `event: ${event.type}`);
    return event;
  });
}

test("ModelServer streams deltas, the complete item and the token counts", async () => {
  await using model = await ModelServer.start();
  model.enqueue(
    deltas(["he", "llo"], { phase: "final_answer", id: "msg-1" }),
    usage({ inputTokens: 3, outputTokens: 2, cachedInputTokens: 1 }),
  );
  const [created, added, he, llo, done, completed] = await events(await ask(model, "hi"));
  assertEquals(created?.type, "response.created");
  assertEquals(added?.item, {
    type: "message",
    role: "assistant",
    id: "msg-1",
    phase: "final_answer",
    content: [],
  });
  assertEquals([he?.delta, llo?.delta], ["he", "llo"]);
  assertEquals((done?.item as { content: unknown }).content, [
    { type: "output_text", text: "hello" },
  ]);
  assertEquals((completed?.response as { usage: unknown }).usage, {
    input_tokens: 3,
    input_tokens_details: { cached_tokens: 1 },
    output_tokens: 2,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 5,
  });
});

test("ModelServer streams reasoning, function calls, raw events and response.failed", async () => {
  await using model = await ModelServer.start();
  model.enqueue(
    reasoning("because"),
    functionCall("lookup", { city: "Bern" }, { callId: "call-1" }),
    rawEvent({ type: "response.in_progress" }),
    failed({ code: "server_error", message: "bad luck" }),
  );
  const all = await events(await ask(model, "hi"));
  assertEquals(all.map(({ type }) => type), [
    "response.created",
    "response.output_item.added",
    "response.reasoning_summary_part.added",
    "response.reasoning_summary_text.delta",
    "response.output_item.done",
    "response.output_item.done",
    "response.in_progress",
    "response.failed",
  ]);
  const call = all[5]?.item as { call_id: string; arguments: string };
  assertEquals([call.call_id, call.arguments], ["call-1", '{"city":"Bern"}']);
});

test("ModelServer answers requests in the order of the queue and records them", async () => {
  await using model = await ModelServer.start();
  model.enqueue(message("one")).enqueue(message("two"));
  assertStringIncludes(await (await ask(model, "first")).text(), "one");
  assertStringIncludes(await (await ask(model, "second")).text(), "two");
  assertEquals(model.requests.map((request) => request.lastUserText()), ["first", "second"]);
  assertEquals((await model.nextRequest()).lastUserText(), "first");
  assertEquals((await model.nextRequest()).headers.authorization, "Bearer test-token");
  assertEquals((await model.waitForRequests(2)).length, 2);
  assertEquals(model.remaining, 0);
});

test("ModelServer keeps the last maxRequests requests, and counts the others", async () => {
  const respond = (): ResponseStep[] => [message("yes")];
  await using model = await ModelServer.start({ respond, maxRequests: 2 });
  for (const text of ["a", "b", "c", "d"]) {
    await (await ask(model, text)).text();
    await (await loopbackFetch(`${model.url}/${text}`)).text();
  }
  const texts = model.requests.map((request) => request.lastUserText());
  assertEquals([texts, model.droppedRequests], [["c", "d"], 2]);
  assertEquals([model.otherRequests.length, model.unexpected.length], [2, 2]);
  assertEquals((await model.nextRequest()).lastUserText(), "c");
  const lasts = (await model.waitForRequests(3)).map((request) => request.lastUserText());
  assertEquals([lasts, await model.waitForRequests(1)], [["c"], []]);
  await assertRejects(() => model.waitForRequests(5, { timeoutMs: 10 }), Error, "5 model requests");
  for (const maxRequests of [0, -1, 1.5, NaN, "2"]) {
    await assertRejects(
      () => ModelServer.start({ maxRequests: maxRequests as number }),
      RangeError,
    );
  }
});

test("ModelServer sends a response to the request that it is for", async () => {
  await using model = await ModelServer.start();
  model.enqueueFor("weather", message("rain"));
  model.enqueueFor((request) => request.model === "other", message("other model"));
  model.enqueue(message("anyone"));
  assertStringIncludes(await (await ask(model, "hello")).text(), "anyone");
  assertStringIncludes(await (await ask(model, "x", { model: "other" })).text(), "other model");
  assertStringIncludes(await (await ask(model, "the weather?")).text(), "rain");
  assertEquals(model.unexpected, []);
});

test("ModelServer calls respond() when the queue is empty", async () => {
  await using model = await ModelServer.start({
    respond: (request) =>
      request.lastUserText() === "skip" ? undefined : [message(`echo ${request.lastUserText()}`)],
  });
  model.enqueue(message("queued"));
  assertStringIncludes(await (await ask(model, "a")).text(), "queued");
  assertStringIncludes(await (await ask(model, "b")).text(), "echo b");
  assertEquals((await ask(model, "skip").then(drain)).status, 400);
  assertEquals(model.unexpected.length, 1);
});

test("ModelServer fails a request without a scripted response", async () => {
  await using model = await ModelServer.start();
  const response = await ask(model, "hello");
  assertEquals(response.status, 400);
  assertStringIncludes(await response.text(), "no scripted response left");
  assertEquals(model.unexpected.map((request) => request.lastUserText()), ["hello"]);
});

test("ModelServer lists all other requests", async () => {
  await using model = await ModelServer.start();
  assertEquals((await loopbackFetch(`${model.url}/models`).then(drain)).status, 200);
  assertEquals((await loopbackFetch(`${model.url}/nothing`).then(drain)).status, 404);
  assertEquals(model.otherRequests.map(({ path }) => path), ["/v1/models", "/v1/nothing"]);
  assertEquals(model.unexpected.map(({ path }) => path), ["/v1/nothing"]);
});

test("ModelServer answers failure() with its status, body and headers", async () => {
  await using model = await ModelServer.start();
  model.enqueue(failure({ status: 429, body: "slow down", headers: { "retry-after": "1" } }));
  const response = await ask(model, "hi");
  assertEquals([response.status, response.headers.get("retry-after")], [429, "1"]);
  assertEquals(await response.text(), "slow down");
});

test("ModelServer cuts the stream at disconnect() after the preceding steps", async () => {
  await using model = await ModelServer.start();
  const hold = gate();
  model.enqueue(deltas(["par"]), hold, disconnect());
  const reader = textReader(await ask(model, "hi"));
  await readUntil(reader, "response.output_item.done");
  hold.open();
  await assertRejects(() => readUntil(reader, "response.completed"), Error);
});

test("ModelServer rejects steps that cannot form one response", async () => {
  await using model = await ModelServer.start();
  assertThrows(() => model.enqueue(message("a"), failure()), TypeError, "only gates");
  assertThrows(() => model.enqueue(disconnect(), message("a")), TypeError, "follow disconnect");
  assertEquals(model.remaining, 0);
});

test("gate pauses the stream inside a message until it is opened", async () => {
  await using model = await ModelServer.start();
  const hold = gate();
  model.enqueue(deltas(["he", hold, "llo"]));
  const reader = textReader(await ask(model, "hi"));
  await hold.reached;
  assert(!(await readUntil(reader, '"he"')).includes('"llo"'));
  hold.open();
  assertStringIncludes(await readUntil(reader, "response.completed"), '"llo"');
  assert((await reader.read()).done);
});

test("gate.untilReached fails when the server does not arrive in time", async () => {
  await assertRejects(() => gate().untilReached({ timeoutMs: 10 }), Error, "within 10 ms");
});

test("ModelServer.nextRequest reports what it waited for and what arrived", async () => {
  await using model = await ModelServer.start();
  model.enqueue(message("one"));
  await ask(model, "first").then(drain);
  await model.nextRequest();
  await assertRejects(
    () => model.nextRequest({ timeoutMs: 10 }),
    Error,
    'Cannot wait for the next model request: not within 10 ms; arrived: "first" (taken)',
  );
});

test("ModelServer.close cuts open streams, fails pending waits and can be called twice", async () => {
  const model = await ModelServer.start();
  const hold = gate();
  model.enqueue(message("a"), hold);
  const response = await ask(model, "hi");
  const waiting = assertRejects(
    () => model.waitForRequests(2),
    Error,
    "the model server was closed",
  );
  await hold.reached;
  await Promise.all([model.close(), model.close()]);
  await assertRejects(() => response.text(), Error);
  await waiting;
  await assertRejects(() => loopbackFetch(`${model.url}/models`), Error);
});

function textReader(response: Response): ReadableStreamDefaultReader<string> {
  const decoder = new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>;
  return (response.body as ReadableStream<Uint8Array>).pipeThrough(decoder).getReader();
}

async function readUntil(
  reader: ReadableStreamDefaultReader<string>,
  end: string,
): Promise<string> {
  let text = "";
  while (!text.includes(end)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`The stream ended without ${end}`);
    text += value;
  }
  return text;
}

async function drain(response: Response): Promise<Response> {
  await response.arrayBuffer();
  return response;
}
