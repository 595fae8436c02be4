import { assert, assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { open } from "../_fixture.ts";
import { count, FILES } from "./_requests.ts";

test("approval handlers make new threads ask, unless a mode is set, and add nothing else to the params [R-42]", async () => {
  const reviewed = ["on-request", "auto_review", undefined];
  const asked = ["on-request", "user", undefined];
  const modes = async (
    clientOptions: Parameters<typeof open>[0],
    threadOptions: Parameters<typeof fixture.codex.threadStart>[0],
  ): Promise<unknown[]> => {
    await using fixture = await open(clientOptions);
    const { server, codex } = fixture;
    await server.nextRequest("thread/start");
    await codex.threadStart(threadOptions);
    const { params } = await server.nextRequest("thread/start");
    const { approvalPolicy, approvalsReviewer, sandbox } = params;
    return [approvalPolicy, approvalsReviewer, sandbox];
  };
  const policy = { approvals: () => undefined };
  const handler = { handlers: { [FILES]: () => undefined } } satisfies Parameters<typeof open>[0];
  assertEquals(await modes({}, {}), reviewed);
  assertEquals(
    await modes({ onUserInput: () => "x" }, { onElicitation: () => "cancel" }),
    reviewed,
  );
  const form = { handlers: { "mcpServer/elicitation/request": () => undefined } } as const;
  assertEquals(await modes(form, form), reviewed); // it may be meant for forms only
  assertEquals(await modes(policy, {}), asked);
  assertEquals(await modes(handler, {}), asked);
  assertEquals(await modes({}, policy), asked);
  assertEquals(await modes({}, handler), asked);
  assertEquals(await modes({ onCommandApproval: () => "accept" }, {}), asked);
  assertEquals(await modes({}, { onMcpToolApproval: () => "accept" }), asked);
  assertEquals(await modes(policy, { approvalMode: "denyAll" }), ["never", undefined, undefined]);
  assertEquals(await modes(policy, { approvalMode: "inherit" }), [undefined, undefined, undefined]);

  await using fixture = await open(policy);
  const { server, codex, thread } = fixture;
  server.on("thread/resume", ({ threadId }) => ({ thread: { id: threadId } }));
  server.on("thread/fork", () => ({ thread: { id: "fork" } }));
  await codex.threadResume("stored", policy);
  await codex.threadFork("stored", policy);
  await thread.turn("hi", policy);
  for (const method of ["thread/resume", "thread/fork", "turn/start"]) {
    const { params } = await server.nextRequest(method);
    assertEquals([params.approvalPolicy, params.approvalsReviewer, params.sandbox], [
      undefined,
      undefined,
      undefined,
    ]);
    assert(!("sandboxPolicy" in params));
  }
  assertEquals(count(server, "turn/start"), 1);
});
