import { Codex, image, tool, toolNamespace } from "../../mod.ts";
import type { Thread, ThreadTool, Tool, ToolContext, TurnResult } from "../../mod.ts";
import { functionCall, message, type ModelServer, rawEvent } from "../../testing.ts";
import { deferred } from "../../src/util/deferred.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

const PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4" +
  "2mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** A tool whose argument is the name of a city. */
function cityTool(
  name: string,
  run: (args: { city: string }, context: ToolContext) => unknown,
  timeoutMs = 0,
): Tool<{ city: string }> {
  return tool<{ city: string }>({
    name,
    description: `Does ${name} for a city.`,
    input: {
      type: "object",
      properties: { city: { type: "string", minLength: 2 } },
      required: ["city"],
      additionalProperties: false,
    },
    timeoutMs,
    run,
  });
}

/** Makes the model call a tool; returns the result of the turn and what the model got. */
async function called(
  { thread, model }: { readonly thread: Thread; readonly model: ModelServer },
  name: string,
  args: Readonly<Record<string, unknown>>,
): Promise<{ output: string | undefined; result: TurnResult }> {
  model.enqueue(functionCall(name, args, { callId: `call of ${name}` }));
  model.enqueue(message("done"));
  const result = await thread.run("go");
  return { output: model.requests.at(-1)?.functionOutputs().get(`call of ${name}`), result };
}

/** The item of the call in the result. */
function callItem({ items }: TurnResult): unknown[] {
  const item = items.find(({ type }) => type === "dynamicToolCall");
  return item?.type === "dynamicToolCall" ? [item.tool, item.status, item.success] : [];
}

test("a tool is offered to the model, called only with valid arguments, and its result reaches the model [R-41]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const seen: unknown[] = [];
  const weather = cityTool("weather", ({ city }, { thread, turn, turnId, callId }) => {
    seen.push([city, thread.id, turn?.id === turnId, callId]);
    return { city, degrees: 21 };
  });
  const thread = await codex.threadStart({ tools: [weather] });
  const good = await called({ thread, model }, "weather", { city: "Bern" });
  assertEquals(good.output, '{"city":"Bern","degrees":21}');
  assertEquals(callItem(good.result), ["weather", "completed", true]);
  assertEquals(seen, [["Bern", thread.id, true, "call of weather"]]);
  assert(model.requests[0]?.tools.includes("weather"));

  const bad = await called({ thread, model }, "weather", { city: "B", more: 1 });
  assertMatch(bad.output ?? "", /was not run: its arguments do not fit its schema\.\n- at "city"/);
  assertEquals(callItem(bad.result), ["weather", "failed", false]);
  assertEquals(seen.length, 1);
});

test("a tool that throws or times out fails its call but not the turn [R-41]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const broken = cityTool("broken", ({ city }) => {
    throw new Error(`no road to ${city}, api_key=abcdef123456`);
  });
  const slow = cityTool("slow", () => new Promise(() => {}), 50);
  const thread = await codex.threadStart({ tools: [broken, slow] });
  const thrown = await called({ thread, model }, "broken", { city: "Bern" });
  assertEquals(
    thrown.output,
    'The tool "broken" failed: no road to Bern, api_key=[redacted]',
  );
  assertEquals(callItem(thrown.result), ["broken", "failed", false]);
  const late = await called({ thread, model }, "slow", { city: "Bern" });
  assertEquals(late.output, 'The tool "slow" did not finish within 50 ms and was stopped.');
  assertEquals([late.result.status, late.result.finalResponse], ["completed", "done"]);
});

test("an interrupt cancels a running tool, and the thread stays usable [R-35] [R-41]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const [started, cancelled] = [deferred<void>(), deferred<void>()];
  const endless = cityTool("endless", (_args, { signal }) => {
    signal.addEventListener("abort", () => cancelled.resolve());
    started.resolve();
    return new Promise(() => {});
  });
  const thread = await codex.threadStart({ tools: [endless] });
  model.enqueue(functionCall("endless", { city: "Bern" }));
  const turn = await thread.turn("go");
  await started.promise;
  await turn.interrupt();
  await cancelled.promise;
  const result = await turn.run();
  assertEquals([result.status, callItem(result)], ["interrupted", ["endless", "failed", false]]);
  model.enqueue(message("still here"));
  assertEquals((await thread.run("and now?")).finalResponse, "still here");
});

test("two calls of one response run concurrently", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const both = deferred<void>();
  let running = 0;
  const meet = cityTool("meet", async ({ city }) => {
    if (++running === 2) both.resolve();
    await both.promise; // neither ends before the other has started
    return `met in ${city}`;
  });
  const thread = await codex.threadStart({ tools: [meet] });
  model.enqueue(
    functionCall("meet", { city: "Bern" }, { callId: "a" }),
    functionCall("meet", { city: "Rome" }, { callId: "b" }),
  );
  model.enqueue(message("done"));
  await thread.run("go");
  const outputs = model.requests.at(-1)?.functionOutputs();
  assertEquals([outputs?.get("a"), outputs?.get("b")], ["met in Bern", "met in Rome"]);
});

test("an image returned by a tool reaches the model", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const photo = cityTool("photo", ({ city }) => [`a photo of ${city}`, image(PIXEL)]);
  const thread = await codex.threadStart({ tools: [photo] });
  const { output = "", result } = await called({ thread, model }, "photo", { city: "Bern" });
  assertStringIncludes(output, '"text":"a photo of Bern"');
  assertStringIncludes(output, `"image_url":"${PIXEL}"`);
  assertEquals(callItem(result), ["photo", "completed", true]);
});

test("a thread resumed by a new process gets its tools back by name [R-41]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted } = session;
  const first = await codex.threadStart({ tools: [cityTool("weather", () => "sun")] });
  assertEquals((await called({ thread: first, model }, "weather", { city: "Bern" })).output, "sun");
  await codex.close();

  await using again = await Codex.start(scripted.options);
  const tools = [cityTool("weather", () => "rain"), cityTool("other", () => "never offered")];
  const thread = await again.threadResume(first.id, { tools });
  assertEquals((await called({ thread, model }, "weather", { city: "Bern" })).output, "rain");
  const offered = model.requests.at(-1)?.tools.filter((name) => /weather|other/.test(name));
  assertEquals(offered, ["weather"]); // the server keeps the specs that the thread was started with
  const fork = await again.threadFork(thread.id);
  assertEquals((await called({ thread: fork, model }, "weather", { city: "Rome" })).output, "rain");
  await thread.close();
  const bare = await again.threadResume(thread.id);
  const missing = await called({ thread: bare, model }, "weather", { city: "Bern" });
  assertEquals(missing.output, "This client has no such tool.");
});

test("a tool in a namespace is called by both of its names", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const crm = toolNamespace({
    name: "crm",
    description: "Customers.",
    tools: [cityTool("view_image", ({ city }) => `crm in ${city}`)],
  });
  const thread = await codex.threadStart({ tools: [crm, cityTool("count", () => 5)] });
  const call = { type: "function_call", call_id: "c", namespace: "crm", name: "view_image" };
  const item = { ...call, arguments: '{"city":"Bern"}' };
  model.enqueue(rawEvent({ type: "response.output_item.done", item }));
  model.enqueue(message("done"));
  await thread.run("go");
  assertEquals(model.requests.at(-1)?.functionOutputs().get("c"), "crm in Bern");
  assertEquals((await called({ thread, model }, "count", { city: "Bern" })).output, "5");
});

test("the binary accepts and refuses the same tool names as the SDK [R-41]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const inputSchema = { type: "object" };
  const takes = async (dynamicTools: readonly object[]): Promise<boolean> => {
    const params = { dynamicTools: dynamicTools as never, ephemeral: true };
    return await codex.request("thread/start", params).then(() => true, () => false);
  };
  const isAccepted = (make: () => unknown): boolean => {
    try {
      return make() !== undefined;
    } catch {
      return false;
    }
  };
  const run = (): number => 1;
  const names = ["a", "9-_A", "a.b", "a b", "", "ä", "mcp", "mcp_x", "mcp__x", "MCP", "web"];
  for (const name of [...names, "x".repeat(64), "x".repeat(65), "x".repeat(128), "x".repeat(129)]) {
    const spec = { type: "function", name, description: "d", inputSchema };
    const own = isAccepted(() => tool({ name, description: "d", run }));
    assertEquals(await takes([spec]), own, `tool "${name}"`);
    const inner: ThreadTool = tool({ name: "a", description: "d", run });
    const space = isAccepted(() => toolNamespace({ name, description: "d", tools: [inner] }));
    const tools = [{ ...spec, name: "a" }];
    const wire = { type: "namespace", name, description: "d", tools };
    assertEquals(await takes([wire]), space, `namespace "${name}"`);
  }
});

test("a tool runs once although its thread is resumed while it runs [R-95]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const started = deferred<void>();
  const finish = deferred<string>();
  let runs = 0;
  const slow = cityTool("slow", (_args, { signal }) => {
    runs++;
    started.resolve();
    return finish.promise.then((text) => `${text}, aborted: ${signal.aborted}`);
  });
  const thread = await codex.threadStart({ tools: [slow] });
  const running = called({ thread, model }, "slow", { city: "Bern" });
  await started.promise;
  await codex.threadResume(thread.id); // the server delivers its open requests again
  finish.resolve("done");
  assertEquals([(await running).output, runs], ["done, aborted: false", 1]);
});

test("a tool shows its progress in the view of its item and asks the user [R-41]", async () => {
  const asked: unknown[] = [];
  await using session = await ScriptedCodex.start({
    onUserInput: ({ questions, turnId, item }) => {
      asked.push(questions.map(({ question, options }) => [question, options?.length]));
      asked.push([turnId, item?.type]);
      return "yes";
    },
  });
  const { codex, model } = session;
  const shown = deferred<void>();
  const order = cityTool("order", async ({ city }, { ask, progress, turnId }) => {
    progress("asking");
    await shown.promise;
    const answers = await ask(`Order for ${city}?`, { choices: ["yes", "no"] });
    progress("ordering");
    return [...answers, asked.at(-1), turnId].join();
  });
  const thread = await codex.threadStart({ tools: [order] });
  model.enqueue(functionCall("order", { city: "Bern" }, { callId: "c1" }));
  model.enqueue(message("done"));
  const turn = await thread.turn("go");
  const seen: unknown[] = [];
  for await (const view of turn.items({ types: ["dynamicToolCall"] })) {
    for await (const _ of view.updates()) {
      if (view.progress !== null) shown.resolve();
      if (view.progress !== seen.at(-1)) seen.push(view.progress);
    }
    assertEquals(view.state, "completed");
  }
  const { items } = await turn.run();
  assertEquals(seen.filter((one) => one !== null), ["asking", "ordering"]);
  assertEquals(asked, [[["Order for Bern?", 2]], [turn.id, "dynamicToolCall"]]);
  assertEquals(items.filter(({ type }) => type === "dynamicToolCall").length, 1);
  assertEquals(
    model.requests.at(-1)?.functionOutputs().get("c1"),
    `yes,${turn.id},dynamicToolCall,${turn.id}`,
  );
});
