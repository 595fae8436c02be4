import { RequestSettledError } from "../../../errors.ts";
import { ServerRequest } from "../../../src/client/requests/server_request.ts";
import type { ServerNotification } from "../../../mod.ts";
import { OpenItems } from "../../../src/client/session/open_items.ts";
import type { ThreadSession } from "../../../src/client/session/thread_session.ts";
import { notification } from "../../../testing.ts";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";

const METHOD = "item/fileChange/requestApproval";

function asked(method = METHOD, params: unknown = {}): ServerRequest {
  return new ServerRequest({ id: 0, method, params });
}

test("ServerRequest is settled once, by whichever comes first [R-33]", async () => {
  const first: readonly ((request: ServerRequest) => void)[] = [
    (request) => request.answer({ decision: "accept" }),
    (request) => request.decline(),
    (request) => request.expire("cancel", 5),
    (request) => request.withdraw(new Error("gone")),
  ];
  for (const settle of first) {
    const request = asked();
    settle(request);
    const { state } = request;
    const outcome = await request.outcome;
    assert(state !== "open");
    assertEquals(assertThrows(() => request.answer(1), RequestSettledError).state, state);
    for (const again of first.slice(1)) again(request);
    assertEquals([request.state, await request.outcome], [state, outcome]);
  }
});

test("ServerRequest rejects a result that is not JSON, and stays open", () => {
  const request = asked();
  const cycle: unknown[] = [];
  cycle.push(cycle);
  for (const answer of [undefined, () => 1, Symbol("x"), 1n, cycle]) {
    assertThrows(() => request.answer(answer), TypeError);
  }
  assertEquals([request.state, request.signal.aborted], ["open", false]);
});

test("ServerRequest aborts its signal when it is withdrawn or expires, not when it is answered [R-35]", () => {
  const reason = new Error("gone");
  const withdrawn = asked();
  withdrawn.withdraw(reason);
  assertStrictEquals(withdrawn.signal.reason, reason);
  const expired = asked();
  expired.expire("decline", 5);
  assertEquals((expired.signal.reason as Error).name, "TimeoutError");
  const answered = asked();
  answered.decline();
  answered.withdraw(reason);
  assert(!answered.signal.aborted);
});

test("ServerRequest declines with an error if the method has no declining result [R-33]", async () => {
  for (const method of ["some/newMethod", "attestation/generate", "constructor"]) {
    const request = asked(method);
    request.decline();
    assertEquals([request.state, (await request.outcome).kind], ["answered", "failed"]);
  }
});

test("ServerRequest keeps an item that starts after it, once it is settled", () => {
  const items = new OpenItems();
  const sessions = { get: () => ({ items }) as ThreadSession };
  const params = { threadId: "x", turnId: "t", itemId: "i" };
  const request = new ServerRequest({ id: 0, method: METHOD, params }, sessions);
  assertEquals(request.item, undefined);
  items.observe(event("item/started"));
  assertEquals(request.item?.id, "i");
  request.decline();
  items.observe(event("item/completed"));
  assertEquals([items.size, request.item?.id], [0, "i"]);
});

function event(method: string): ServerNotification {
  const item = { type: "fileChange", id: "i" };
  return notification(method, { threadId: "x", turnId: "t", item }) as ServerNotification;
}

test("ServerRequest reads ids only if they are strings", () => {
  for (const params of [null, 5, "x", [], { threadId: 1, turnId: null, itemId: {} }]) {
    const { threadId, turnId, itemId } = asked(METHOD, params);
    assertEquals([threadId, turnId, itemId], [undefined, undefined, undefined]);
  }
  const legacy = asked("execCommandApproval", { conversationId: "t", callId: "c" });
  assertEquals([legacy.threadId, legacy.itemId], ["t", "c"]);
});
