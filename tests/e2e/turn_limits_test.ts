import { TurnLimitError } from "../../errors.ts";
import type { TurnResult } from "../../mod.ts";
import { gate, message, reasoning, shellCommand, usage } from "../../testing.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

/** The error of a run that exceeds a limit. */
async function exceeded(running: Promise<TurnResult>): Promise<TurnLimitError<TurnResult>> {
  const error = await running.then(() => undefined, (error: unknown) => error);
  if (error instanceof TurnLimitError) return error as TurnLimitError<TurnResult>;
  throw new Error(`The turn ended with ${String(error)}`);
}

test("limits of tokens, model requests and tool calls interrupt a turn that exceeds them, and allow one that reaches them", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart({ approvalMode: "denyAll", sandbox: "readOnly" });
  const step = (): void => {
    model.enqueue(shellCommand("true"), usage({ inputTokens: 90, outputTokens: 10 }));
  };
  // Exactly what is allowed: two requests of 100 tokens and one call.
  const limits = { tokens: 200, turns: 2, toolCalls: 1 };
  step();
  model.enqueue(message("done"), usage({ inputTokens: 90, outputTokens: 10 }));
  const result = await thread.run("go", { limits });
  assertEquals([result.status, result.usage?.turn.totalTokens], ["completed", 200]);

  step();
  step();
  const calls = await exceeded(thread.run("go", { limits: { toolCalls: 1 } }));
  assertEquals([calls.limit, calls.max, calls.used, calls.code], ["toolCalls", 1, 2, "turn_limit"]);
  assertEquals(calls.result?.status, "interrupted");
  assertEquals(calls.result?.items.filter(({ type }) => type === "commandExecution").length, 2);

  step();
  step();
  const tokens = await exceeded(thread.run("go", { limits: { tokens: 150 } }));
  assertEquals([tokens.limit, tokens.max, tokens.used], ["tokens", 150, 200]);
  assertEquals(tokens.result?.usage?.turn.totalTokens, 200);

  step();
  const hold = gate(); // the end of the second request, which reports its tokens, never comes
  model.enqueue(reasoning("Next"), hold, shellCommand("true"));
  const requests = await exceeded(thread.run("go", { limits: { turns: 1 } }));
  assertEquals([requests.limit, requests.max, requests.used], ["turns", 1, 2]);
  // The beginning of the second request is enough.
  assertEquals(requests.result?.usage?.turn.totalTokens, 100);
});
