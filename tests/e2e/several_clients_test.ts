/** Several clients on one server of the real binary. */
import { Codex, type CodexOptions, tool, type UserRequest } from "../../mod.ts";
import { functionCall, message, shellCommand } from "../../testing.ts";
import { websocket } from "../../transports/websocket.ts";
import { deferred } from "../../src/util/deferred.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { startListener } from "../_support/listener.ts";
import { test } from "../_support/test.ts";

test("an onlooker leaves requests to the client that handles them, and one that declines answers for all [R-95] [R-96]", async () => {
  await using listener = await startListener("ws://127.0.0.1:0");
  const { model, options: { cwd } } = listener.scripted;
  const join = (options: CodexOptions = {}): Promise<Codex> =>
    Codex.start({ connect: websocket(listener.url), ...options });
  await using owner = await join();
  let runs = 0;
  const asked = deferred<void>();
  const shown = deferred<UserRequest | undefined>();
  const thread = await owner.threadStart({
    cwd,
    sandbox: "readOnly",
    approvalMode: "ask",
    tools: [tool({ name: "city", description: "A city.", run: () => `run ${++runs}` })],
    onCommandApproval: () => {
      asked.resolve();
      return shown.promise.then(() => "accept" as const);
    },
  });
  const answer = async (): Promise<string | undefined> => {
    model.enqueue(functionCall("city", {}, { callId: "tool" }));
    model.enqueue(shellCommand("mkdir made", { callId: "command", escalate: "please" }));
    model.enqueue(message("done"));
    assertEquals((await thread.run("go")).finalResponse, "done");
    const outputs = model.requests.at(-1)?.functionOutputs();
    assertEquals(outputs?.get("tool"), `run ${runs}`);
    return outputs?.get("command");
  };
  model.enqueue(message("hello"));
  await thread.run("hi"); // a thread without a turn cannot be resumed

  const onlooker = await join({ unhandled: "leave" });
  assertEquals(await onlooker.loadedThreads(), [thread.id]);
  const watched = await onlooker.threadResume(thread.id);
  const answering = answer();
  await asked.promise;
  await onlooker.loadedThreads(); // it has got the request too, and nobody reads it yet
  shown.resolve((await watched.requests().next()).value);
  assert(!(await answering)?.includes("rejected"));
  assertEquals([runs, (await shown.promise)?.state], [1, "withdrawn"]);
  assertEquals(onlooker.openRequests(), []);
  await onlooker.close();

  // The default: nobody else gets to answer in time.
  await using other = await join();
  await other.threadResume(thread.id);
  const never = deferred<never>();
  thread.handle("item/commandExecution/requestApproval", () => never.promise);
  model.enqueue(shellCommand("mkdir made", { callId: "second", escalate: "please" }));
  model.enqueue(message("no"));
  assertEquals((await thread.run("again")).finalResponse, "no");
  assert(model.requests.at(-1)?.functionOutputs().get("second")?.includes("rejected"));
});
