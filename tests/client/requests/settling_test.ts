import type { CommandApproval, UserRequest } from "../../../mod.ts";
import { RequestSettledError } from "../../../errors.ts";
import type { ServerRequestMethod } from "../../../protocol.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertThrows,
} from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { type Deferred, deferred } from "../../../src/util/deferred.ts";
import { completed } from "../_fixture.ts";
import { kept } from "../_kept.ts";
import {
  answers,
  ask,
  asking,
  COMMAND,
  decision,
  PARAMS,
  quiet,
  send,
  THREAD,
  TURN,
} from "./_requests.ts";

const METHODS = Object.keys(PARAMS) as ServerRequestMethod[];
const DECLINED = decision("decline");

/** The same handler for every method. */
function everyHandler(handler: () => unknown): Record<string, () => unknown> {
  return Object.fromEntries(METHODS.map((method) => [method, handler]));
}

test("RequestBroker answers every request of a turn once, whether it has no handler or one that throws [R-33] [R-34]", async () => {
  await using bare = await asking();
  const thrown = new Error("oops");
  await using throwing = await asking({
    handlers: everyHandler(() => {
      throw thrown;
    }),
  });
  for (const method of METHODS) {
    const [without, failed] = [await ask(bare, method), await ask(throwing, method)];
    assertEquals(without, failed, method);
    assert(!/"accept|approved"|"success":true/.test(without), without);
  }
  await quiet(bare);
  assertEquals(
    bare.server.received.filter((message) => !("method" in message)).length,
    METHODS.length,
  );
  assertEquals(bare.diagnostics.map(({ kind }) => kind), METHODS.map(() => "unhandledRequest"));
  assertEquals(throwing.diagnostics.map(({ kind }) => kind), METHODS.map(() => "callbackError"));
});

test("RequestBroker writes no answer to a request that is open when the client closes [R-33] [R-35]", async () => {
  const fixture = await asking({ handlers: everyHandler(() => new Promise(() => {})) });
  const requests: UserRequest[] = [];
  const states = METHODS.map((method, id) => {
    send(fixture, id, method);
    return id;
  });
  await quiet(fixture);
  requests.push(...fixture.codex.openRequests());
  assertEquals(requests.length, 7); // programs answer the rest
  const turnEnded = fixture.turn.run();
  await fixture.codex.close();
  await turnEnded;
  assertEquals(states.flatMap((id) => answers(fixture, id)), []);
  assertEquals(requests.map(({ state }) => state), requests.map(() => "withdrawn"));
  assert(requests.every(({ signal }) => signal.aborted));
  assertEquals(fixture.codex.openRequests(), []);
  await fixture[Symbol.asyncDispose]();
});

/** A handler that passes its approval on, and answers later. */
function slowApproval(): {
  readonly taken: Deferred<CommandApproval>;
  readonly returned: Deferred<"accept">;
  readonly onCommandApproval: (approval: CommandApproval) => Promise<"accept">;
} {
  const [taken, returned] = [deferred<CommandApproval>(), deferred<"accept">()];
  const onCommandApproval = (approval: CommandApproval): Promise<"accept"> => {
    taken.resolve(approval);
    return returned.promise;
  };
  return { taken, returned, onCommandApproval };
}

test("UserRequest.answer accepts the first answer and rejects every later one with a typed error [R-33]", async () => {
  const { taken, returned, onCommandApproval } = slowApproval();
  await using fixture = await asking({ onCommandApproval });
  const answer = ask(fixture, COMMAND, undefined, "a");
  const approval = await taken.promise;
  approval.decline();
  const again = [() => approval.approve(), () => approval.decline(), () => approval.cancel()];
  for (const call of again) {
    const error = assertThrows(call, RequestSettledError);
    assertEquals([error.state, error.id, error.method], ["answered", "a", COMMAND]);
  }
  returned.resolve("accept");
  assertEquals(await answer, DECLINED);
  await quiet(fixture);
  assertEquals([answers(fixture, "a").length, await approval.done], [1, "answered"]);
  assert(!approval.signal.aborted, "an answer is not a withdrawal");
});

test("UserRequest is withdrawn by serverRequest/resolved: its signal fires, and a late answer is not written [R-35]", async () => {
  const { taken, returned, onCommandApproval } = slowApproval();
  await using fixture = await asking({ onCommandApproval });
  send(fixture, 7, COMMAND);
  const approval = await taken.promise;
  assertEquals([approval.state, approval.signal.aborted], ["open", false]);
  fixture.server.notify("serverRequest/resolved", { threadId: THREAD, requestId: 7 });
  assertEquals(await approval.done, "withdrawn");
  assert(approval.signal.aborted);
  assertEquals(assertThrows(() => approval.approve(), RequestSettledError).state, "withdrawn");
  returned.resolve("accept");
  await quiet(fixture);
  assertEquals([answers(fixture, 7), fixture.diagnostics], [[], []]);
});

test("UserRequest is withdrawn at the end of its turn, even if the end was never reported [R-35]", async () => {
  for (const isReported of [true, false]) {
    await using fixture = await asking({ handlers: { [COMMAND]: () => new Promise(() => {}) } });
    send(fixture, 1, COMMAND);
    await quiet(fixture);
    const [approval] = fixture.codex.openRequests() as [CommandApproval];
    assertStrictEquals(approval.turn?.id, TURN);
    if (isReported) fixture.server.sendBatch([completed("interrupted")]);
    else await fixture.thread.close();
    assertEquals(await approval.done, "withdrawn");
    assert(approval.signal.aborted);
    await quiet(fixture);
    assertEquals(answers(fixture, 1), []);
  }
});

test("RequestBroker reports a handler that fails after its request was answered, unless its signal ended it", async () => {
  const answered = deferred<void>();
  await using fixture = await asking({
    onCommandApproval: async (approval) => {
      approval.approve();
      await answered.promise;
      throw new Error("after the answer");
    },
    onFileChangeApproval: ({ signal }) =>
      new Promise<never>((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
  });
  assertEquals(await ask(fixture, COMMAND), '{"decision":"accept"}');
  assertEquals(fixture.diagnostics, []);
  answered.resolve();
  send(fixture, "f", "item/fileChange/requestApproval");
  await quiet(fixture);
  fixture.server.notify("serverRequest/resolved", { threadId: THREAD, requestId: "f" });
  await quiet(fixture);
  assertEquals(fixture.diagnostics.map(({ kind }) => kind), ["callbackError"]);
});

test("requests about one item stay separate, each with its own answer [R-38] [R-39]", async () => {
  const taken: CommandApproval[] = [];
  await using fixture = await asking({
    onCommandApproval: (approval) => {
      taken.push(approval);
      return approval.id === 1 ? new Promise<never>(() => {}) : undefined;
    },
  });
  for (const id of [1, "1", 2]) send(fixture, id, COMMAND);
  await quiet(fixture);
  assertEquals(taken.map(({ id, item }) => [id, item]), [[1, undefined], ["1", undefined], [
    2,
    undefined,
  ]]);
  assertEquals([answers(fixture, "1").length, answers(fixture, 2).length], [1, 1]);
  assertEquals(answers(fixture, 1), []);
  assertEquals(fixture.codex.openRequests(), taken.slice(0, 1));
  taken[0]?.approve();
  await quiet(fixture);
  assertEquals(answers(fixture, 1), [{ id: 1, result: { decision: "accept" } }]);
});

test("approvalTimeoutMs answers with the chosen decision if nobody else does, and never without a limit [R-36]", async () => {
  using clock = fakeClock({ limitMs: 120_000 });
  const never = (): Promise<never> => new Promise(() => {});
  const options = { onCommandApproval: never, onUserInput: never, onElicitation: never };
  await using fixture = await asking(
    { ...options, approvalTimeoutMs: 20, approvalTimeoutDecision: "cancel" },
  );
  const reasons: unknown[] = [];
  send(fixture, "x", "item/tool/requestUserInput");
  await quiet(fixture);
  for (const { signal } of fixture.codex.openRequests()) {
    signal.addEventListener("abort", () => reasons.push(signal.reason));
  }
  assertEquals(await ask(fixture, COMMAND), '{"decision":"cancel"}');
  assertEquals(
    await ask(fixture, "mcpServer/elicitation/request"),
    '{"action":"cancel","content":null,"_meta":null}',
  );
  assertEquals(answers(fixture, "x"), [{ id: "x", result: { answers: {} } }]);
  assertInstanceOf(reasons[0], DOMException);
  assertEquals((reasons[0] as DOMException).name, "TimeoutError");

  // The limit of the turn overrides that of the client: 0 means none.
  await using patient = await asking({ ...options, approvalTimeoutMs: 5 }, {
    approvalTimeoutMs: 0,
  });
  send(patient, "y", COMMAND);
  await clock.advance(60_000);
  assertEquals([answers(patient, "y"), patient.codex.openRequests().length], [[], 1]);
});

test("1,000 approvals leave no request, listener or item behind", async () => {
  let added = 0;
  await using fixture = await asking({
    onCommandApproval: ({ signal }) => {
      const add = signal.addEventListener.bind(signal);
      signal.addEventListener = (...args: Parameters<typeof add>): void => {
        added++;
        add(...args);
      };
      return "accept";
    },
    approvalTimeoutMs: 60_000,
  });
  for (let at = 0; at < 1_000; at++) {
    fixture.server.sendBatch([{ method: COMMAND, id: at, params: PARAMS[COMMAND] }]);
  }
  await quiet(fixture);
  assertEquals(fixture.codex.openRequests(), []);
  assertEquals(answers(fixture, 999).length, 1);
  assertEquals([kept(fixture.codex).requests.open.size, added], [0, 0]);
});

test("UserRequest keeps its first answer if its handler answers both through the request and by its result [R-33]", async () => {
  await using fixture = await asking({
    onCommandApproval: (approval) => {
      approval.cancel();
      return "accept";
    },
    approvals: (request) => {
      request.decline();
      return "accept";
    },
  });
  assertEquals(await ask(fixture, COMMAND), '{"decision":"cancel"}');
  assertEquals(await ask(fixture, "item/fileChange/requestApproval"), DECLINED);
  await quiet(fixture);
  assertEquals(fixture.diagnostics, []);
});

test("UserRequest answered while a raw handler runs keeps that answer, and the handler's is dropped [R-33] [R-35]", async () => {
  const thought = deferred<{ decision: "accept" }>();
  await using fixture = await asking({ handlers: { [COMMAND]: () => thought.promise } });
  const reply = ask(fixture, COMMAND);
  await quiet(fixture);
  fixture.codex.openRequests()[0]?.decline();
  assertEquals(await reply, DECLINED);
  thought.resolve({ decision: "accept" });
  await quiet(fixture);
  assertEquals(fixture.diagnostics, []);
});

test("approvalTimeoutMs does not apply to requests that programs answer [R-36]", async () => {
  using _clock = fakeClock();
  await using fixture = await asking({
    approvalTimeoutMs: 5,
    handlers: {
      "item/tool/call": async () => {
        await new Promise((resolve) => setTimeout(resolve, 4_000));
        return { contentItems: [], success: true };
      },
    },
  });
  assertEquals(await ask(fixture, "item/tool/call"), '{"contentItems":[],"success":true}');
});
