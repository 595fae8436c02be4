/** What holds for every request of the protocol. */
import type { ServerRequestContext } from "../../../types.ts";
import type { ServerRequestMethod } from "../../../protocol.ts";
import { assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { answers, type Asking, asking, PARAMS, quiet, send, THREAD } from "./_requests.ts";

const METHODS = Object.keys(PARAMS) as ServerRequestMethod[];

/** A request that its handler has received but not answered. */
interface Held {
  readonly signal: AbortSignal;
  readonly answer: (result: unknown) => void;
}

/** A client whose handlers answer when the test tells them to. */
async function holding(): Promise<{ fixture: Asking; held: Map<string | number, Held> }> {
  const held = new Map<string | number, Held>();
  const hold = (_params: unknown, { id, signal }: ServerRequestContext): Promise<unknown> =>
    new Promise((answer) => held.set(id, { signal, answer }));
  const handlers: Record<string, typeof hold> = {};
  for (const method of METHODS) handlers[method] = hold;
  return { fixture: await asking({ handlers }), held };
}

test("RequestBroker separates two requests of any kind about one item, one of them unanswered [R-38] [R-39]", async () => {
  const { fixture, held } = await holding();
  await using _ending = fixture;
  // Two concurrent refreshes share one call of the handler.
  const methods = METHODS.filter((method) => method !== "account/chatgptAuthTokens/refresh");
  for (const method of methods) {
    for (const id of [`${method} 1`, `${method} 2`]) send(fixture, id, method);
  }
  await quiet(fixture);
  assertEquals(held.size, 2 * methods.length);
  for (const which of [2, 1]) {
    for (const method of methods) {
      const id = `${method} ${which}`;
      assertEquals(answers(fixture, id), [], id);
      held.get(id)?.answer({ which });
    }
    await quiet(fixture);
    for (const method of methods) {
      const id = `${method} ${which}`;
      assertEquals(answers(fixture, id), [{ id, result: { which } }]);
    }
  }
});

test("RequestBroker aborts handlers of any kind when the server resolves their request, and writes no late answer [R-33] [R-35]", async () => {
  const { fixture, held } = await holding();
  await using _ending = fixture;
  METHODS.forEach((method, id) => send(fixture, id, method));
  await quiet(fixture);
  const aborted = (): boolean[] =>
    METHODS.map((_method, id) => held.get(id)?.signal.aborted === true);
  assertEquals(aborted(), METHODS.map(() => false));
  METHODS.forEach((_method, requestId) =>
    fixture.server.notify("serverRequest/resolved", { threadId: THREAD, requestId })
  );
  await quiet(fixture);
  assertEquals(aborted(), METHODS.map(() => true));
  for (const { answer } of held.values()) answer({ too: "late" });
  await quiet(fixture);
  assertEquals(METHODS.flatMap((_method, id) => answers(fixture, id)), []);
  const faults = fixture.diagnostics.filter(({ kind }) => kind === "callbackError");
  assertEquals([fixture.codex.openRequests(), faults], [[], []]);
});
