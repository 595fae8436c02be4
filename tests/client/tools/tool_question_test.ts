import { tool } from "../../../mod.ts";
import type { Tool, ToolContext } from "../../../mod.ts";
import { assertEquals, assertMatch } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { withTools } from "./_tools.ts";

/** A tool called `ask` that returns the answers. */
function asking(run: (context: ToolContext) => unknown): Tool<unknown> {
  return tool({ name: "ask", description: "Asks.", run: (_args, context) => run(context) });
}

test("a tool's question reaches requests() and openRequests(), and takes only what it offers", async () => {
  const blue = { label: "blue", description: "Like the sky." };
  const options = { choices: ["red", blue], header: "Colour", isSecret: true };
  await using fixture = await withTools([asking(({ ask }) => ask("Which colour?", options))]);
  const { codex, thread } = fixture;
  const requests = thread.requests({ kinds: ["userInput"] });
  const answered = fixture.call("ask", {}, { callId: "c1" });
  const { value: request } = await requests.next();
  assertEquals(request?.questions, [{
    id: "answer",
    header: "Colour",
    question: "Which colour?",
    isOther: false,
    isSecret: true,
    options: [{ label: "red", description: "" }, blue],
  }]);
  assertEquals([request?.params.itemId, request?.thread, codex.openRequests().length], [
    "c1",
    thread,
    1,
  ]);
  let refusal: unknown;
  try {
    request?.answer("green");
  } catch (error) {
    refusal = error;
  }
  assertMatch(String(refusal), /DecisionNotOfferedError/);
  request?.answer({ answer: ["red", "blue"] });
  assertEquals((await answered).text, '["red","blue"]');
  assertEquals(codex.openRequests(), []);
});

test("a tool's question ends without an answer if nobody handles it, or with its time or its call", async () => {
  const end = new AbortController();
  const ended: string[] = [];
  const asks: ((context: ToolContext) => Promise<unknown>)[] = [
    ({ ask }) => ask("Anyone?"),
    ({ ask }) => ask("In time?", { timeoutMs: 5 }),
    ({ ask }) => ask("Still?", { signal: end.signal }),
    ({ ask }) => ask(" "),
    ({ ask }) => ask("Which?", { choices: [] }),
    ({ ask }) => ask("Which?", { option: ["a"] } as never),
  ];
  // Other clients of the server cannot answer it, so it is not left to them.
  await using fixture = await withTools([asking((context) => asks.shift()?.(context))], {
    unhandled: "leave",
  });
  const { codex } = fixture;
  assertEquals((await fixture.call("ask")).text, "[]");
  codex.handle("item/tool/requestUserInput", (_params, { signal }) => {
    signal.addEventListener("abort", () => ended.push(String(signal.reason)));
    if (asks.length === 3) end.abort(new Error("enough"));
    return new Promise(() => {});
  });
  for (const text of [/within 5 ms/, /enough/, /not blank/, /at least one/, /"option"/]) {
    assertMatch((await fixture.call("ask")).text ?? "", text);
  }
  assertEquals(ended.length, 2);
  assertEquals(codex.openRequests(), []);
});
