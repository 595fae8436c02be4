/**
 * What can go wrong, how to distinguish the cases, and what you can safely retry. (A real model does not fail or stall
 * on demand: with `--live` some cases succeed.)
 *
 *     deno run -A examples/10_error_handling_and_retry.ts [--live]
 */
import {
  Codex,
  isCodexError,
  JsonRpcError,
  printable,
  retryOnOverload,
  RuntimeNotFoundError,
  Sandbox,
  type Thread,
  TransportClosedError,
  TurnFailedError,
  type TurnResult,
  TurnTimeoutError,
} from "@codex-app-server/sdk";
import { ServerOverloadedError } from "@codex-app-server/sdk/errors";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("10_error_handling_and_retry");
const { options } = scripted ?? {};

await attempt("A missing binary", async () => {
  await using codex = await Codex.start({ ...options, codexBin: "/does/not/exist/codex" });
  console.log(codex.pid);
});

await using codex = await Codex.start(options);
// When the server reports that it is overloaded, it has not run the request: retry it unchanged.
const models = await retryOnOverload(() => codex.models(), { maxAttempts: 5 });
console.log(`${models.length} models`);

await attempt("A missing thread", async () => {
  await codex.threadResume("00000000-0000-7000-8000-000000000000");
});

const thread = await codex.threadStart({ sandbox: Sandbox.readOnly });
await attempt("A turn that fails", () => thread.run("Tell a joke."));
await attempt("A turn that takes too long", () => {
  return thread.run("Tell a long story.", { timeoutMs: 300 });
});
await attempt("A turn that is cancelled before it starts", () => {
  return thread.run("Never mind.", { signal: AbortSignal.abort(new Error("changed my mind")) });
});
await attempt("An overloaded provider", async () => {
  console.log(
    printable(`  answer: ${(await askPatiently(thread, "Write a poem.")).finalResponse}`),
  );
});

/** Asks again while the model provider is overloaded: such a turn ended without an answer. */
async function askPatiently(thread: Thread, question: string): Promise<TurnResult> {
  for (let attempt = 1;; attempt++) {
    try {
      return await thread.run(question);
    } catch (error) {
      if (!(error instanceof ServerOverloadedError) || attempt === 3) throw error;
      console.log(`  overloaded (attempt ${attempt}): retrying`);
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt * Math.random()));
    }
  }
}

/** Runs an action and prints how it ended. */
async function attempt(what: string, action: () => Promise<unknown>): Promise<void> {
  console.log(`\n${what}`);
  try {
    await action();
    console.log("  succeeded");
  } catch (error) {
    console.log(printable(`  ${explain(error)}`));
  }
}

/** The most specific classes first; each error also has a stable `code`. */
function explain(error: unknown): string {
  if (error instanceof RuntimeNotFoundError) {
    return `not found: ${
      error.tried.map(({ place, outcome }) => `${place}: ${outcome}`).join("; ")
    }`;
  }
  if (error instanceof TurnTimeoutError) return `interrupted after ${error.timeoutMs} ms`;
  if (error instanceof TurnFailedError) {
    return `failed: ${error.message} (${JSON.stringify(error.codexErrorInfo)})`;
  }
  if (error instanceof JsonRpcError) return `refused: ${error.message} (${error.rpcCode})`;
  if (error instanceof TransportClosedError) return `the server is gone: ${error.message}`;
  if (isCodexError(error)) return `${error.code}: ${error.message}`;
  return `not an SDK error: ${error instanceof Error ? error.message : error}`;
}
