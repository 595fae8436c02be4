import type { ServerRequestMethod } from "../../../src/generated/server_requests.ts";
import { SERVER_REQUEST_METHODS } from "../../../src/generated/methods.ts";
import type { ServerRequestHandler } from "../../../src/client/requests/handler_scope.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { FakeAppServer } from "../../../testing.ts";
import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLessOrEqual,
  assertThrows,
} from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { brokerOpening } from "./_broker.ts";

/** The JSON of every decline. */
const DECLINES: Readonly<Record<ServerRequestMethod, string>> = {
  "item/commandExecution/requestApproval": '{"result":{"decision":"decline"}}',
  "item/fileChange/requestApproval": '{"result":{"decision":"decline"}}',
  "item/permissions/requestApproval": '{"result":{"permissions":{},"scope":"turn"}}',
  "item/tool/requestUserInput": '{"result":{"answers":{}}}',
  "mcpServer/elicitation/request": '{"result":{"action":"decline","content":null,"_meta":null}}',
  "item/tool/call":
    '{"result":{"contentItems":[{"type":"inputText","text":"This client has no such tool."}],"success":false}}',
  "account/chatgptAuthTokens/refresh":
    '{"error":{"code":-32000,"message":"This client cannot refresh tokens."}}',
  "attestation/generate": '{"error":{"code":-32000,"message":"This client cannot attest."}}',
  "applyPatchApproval": '{"result":{"decision":{"denied":{"rejection":"This client declined."}}}}',
  "execCommandApproval": '{"result":{"decision":{"denied":{"rejection":"This client declined."}}}}',
};
const METHODS = Object.keys(DECLINES) as (keyof typeof DECLINES)[];

test("RequestBroker declines each request without a handler in the form of its method [R-33] [R-34]", async () => {
  await using server = new FakeAppServer();
  const opening = brokerOpening(server.connect);
  const connection = await opening.open();
  for (const [id, method] of METHODS.entries()) {
    assertEquals(wire(await server.request(method, {}, { id })), DECLINES[method], method);
  }
  assertEquals(
    opening.diagnostics,
    METHODS.map((method) => ({ kind: "unhandledRequest", method })),
  );
  await connection.close();
});

test("RequestBroker declines if a handler throws or its answer is not JSON, and reports why [R-33] [R-34]", async () => {
  const thrown = new Error("oops");
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const handlers: (() => unknown)[] = [
    () => {
      throw thrown;
    },
    () => Promise.reject(thrown),
    () => cycle,
    () => ({ decision: 1n }),
  ];
  for (const handler of handlers) {
    await using server = new FakeAppServer();
    const opening = brokerOpening(server.connect, {
      on: Object.fromEntries(METHODS.map((method) => [method, handler])),
    });
    const connection = await opening.open();
    for (const method of METHODS) {
      assertEquals(wire(await server.request(method)), DECLINES[method], method);
    }
    assertEquals(
      opening.diagnostics.map((diagnostic) =>
        diagnostic.kind === "callbackError" &&
        (diagnostic.error === thrown || diagnostic.error instanceof TypeError) && diagnostic.method
      ),
      METHODS,
    );
    await connection.close();
  }
});

test("RequestBroker declines requests that every handler passes on, and reports them [R-33] [R-34]", async () => {
  await using server = new FakeAppServer();
  const opening = brokerOpening(server.connect, {
    on: Object.fromEntries(METHODS.map((method) => [method, () => undefined])),
  });
  const connection = await opening.open();
  for (const method of METHODS) {
    assertEquals(wire(await server.request(method)), DECLINES[method], method);
  }
  assertEquals(
    opening.diagnostics,
    METHODS.map((method) => ({ kind: "unhandledRequest", method })),
  );
  await connection.close();
});

test("RequestBroker knows every request of the protocol [R-33]", () => {
  assertEquals(Object.keys(SERVER_REQUEST_METHODS).sort(), [...METHODS].sort());
});

test("RequestBroker answers a request of an older server that the protocol no longer has [R-33] [R-69]", async () => {
  await using server = new FakeAppServer();
  const connection = await brokerOpening(server.connect).open();
  const before = Math.floor(Date.now() / 1_000);
  const { result } = await server.request("currentTime/read", { threadId: "t" });
  const { currentTimeAt } = result as { currentTimeAt: number };
  assertGreaterOrEqual(currentTimeAt, before);
  assertLessOrEqual(currentTimeAt, Date.now() / 1_000);
  assertEquals(Object.keys(result as object), ["currentTimeAt"]);
  await connection.close();
});

test("RequestBroker answers an unknown method with -32601, and reports it [R-33]", async () => {
  await using server = new FakeAppServer();
  const opening = brokerOpening(server.connect);
  const connection = await opening.open();
  const methods = ["item/new/requestApproval", "toString", "__proto__", "constructor", ""];
  for (const method of methods) {
    assertEquals(
      wire(await server.request(method)),
      `{"error":{"code":-32601,"message":"Method not found: ${method}"}}`,
    );
  }
  assertEquals(
    opening.diagnostics,
    methods.map((method) => ({ kind: "unhandledRequest", method })),
  );
  await connection.close();
});

test("RequestBroker passes params, id and signal to a handler, and sends its result once [R-33] [R-08]", async () => {
  await using server = new FakeAppServer();
  const seen: unknown[] = [];
  const opening = brokerOpening(server.connect, {
    on: {
      "item/commandExecution/requestApproval": (params, { id, signal }) => {
        seen.push([params, id, signal.aborted]);
        return { decision: "accept" };
      },
    },
  });
  const connection = await opening.open();
  for (const id of [0, "0", ""]) {
    const reply = await server.request("item/commandExecution/requestApproval", { itemId: "i" }, {
      id,
    });
    assertEquals(reply, { id, result: { decision: "accept" } });
  }
  assertEquals(seen, [[{ itemId: "i" }, 0, false], [{ itemId: "i" }, "0", false], [
    { itemId: "i" },
    "",
    false,
  ]]);
  assertEquals(server.received.length, 5);
  await connection.close();
});

test("RequestBroker writes nothing after serverRequest/resolved, and fires the signal [R-33] [R-35]", async () => {
  for (const end of ["return", "throw"] as const) {
    await using server = new FakeAppServer();
    const decision = deferred<{ decision: "accept" }>();
    const asked = deferred<AbortSignal>();
    const opening = brokerOpening(server.connect, {
      on: {
        "item/fileChange/requestApproval": (_params, { signal }) => {
          asked.resolve(signal);
          return decision.promise;
        },
      },
    });
    const connection = await opening.open();
    server.sendBatch([{ method: "item/fileChange/requestApproval", id: 0, params: {} }]);
    const signal = await asked.promise;
    const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
    server.notify("serverRequest/resolved", { threadId: "t", requestId: "0" }); // another id
    server.notify("serverRequest/resolved", { threadId: "t", requestId: 0 });
    await aborted;
    assertEquals((signal.reason as Error).name, "AbortError");
    if (end === "return") decision.resolve({ decision: "accept" });
    else decision.reject(new Error("too late"));
    await server.request("attestation/generate", {}, { id: 1 }); // a fence: answers keep their order
    assertEquals(server.received.filter(({ id }) => id === 0), []);
    assertEquals(opening.diagnostics.filter(({ kind }) => kind === "callbackError"), []);
    await connection.close();
  }
});

test("RequestBroker separates several requests about one item, one of them never answered [R-38] [R-39]", async () => {
  await using server = new FakeAppServer();
  const decisions = new Map<unknown, (answer: { decision: "accept" | "decline" }) => void>();
  const opening = brokerOpening(server.connect, {
    on: {
      "item/commandExecution/requestApproval": (_params, { id }) =>
        new Promise((resolve) => decisions.set(id, resolve)),
    },
  });
  const connection = await opening.open();
  const params = { threadId: "t", turnId: "u", itemId: "same" };
  const ask = (id: number | string): Promise<unknown> =>
    server.request("item/commandExecution/requestApproval", {
      ...params,
      approvalId: typeof id,
    }, { id });
  const [two, text] = [ask(2), ask("2")];
  server.sendBatch([{ method: "item/commandExecution/requestApproval", id: 3, params }]);
  await server.request("attestation/generate", {}, { id: 9 });
  decisions.get("2")?.({ decision: "decline" });
  decisions.get(2)?.({ decision: "accept" });
  assertEquals(await two, { id: 2, result: { decision: "accept" } });
  assertEquals(await text, { id: "2", result: { decision: "decline" } });
  assert(decisions.has(3));
  await connection.close();
});

test("RequestBroker lets a client replace a handler and remove its own", async () => {
  await using server = new FakeAppServer();
  const answer = (
    decision: "accept" | "acceptForSession",
  ): ServerRequestHandler<"item/fileChange/requestApproval"> =>
  () => ({ decision });
  const opening = brokerOpening(server.connect);
  const connection = await opening.open();
  const decided = async (): Promise<unknown> =>
    (await server.request("item/fileChange/requestApproval")).result;
  const removeFirst = opening.broker.client.handle(
    "item/fileChange/requestApproval",
    answer("accept"),
  );
  assertEquals(await decided(), { decision: "accept" });
  const remove = opening.broker.client.handle(
    "item/fileChange/requestApproval",
    answer("acceptForSession"),
  );
  removeFirst();
  assertEquals(await decided(), { decision: "acceptForSession" });
  remove();
  remove();
  assertEquals(await decided(), { decision: "decline" });
  assertThrows(
    () => opening.broker.client.handle("item/tool/call", "no function" as never),
    TypeError,
    "A handler needs the name of a method and a function",
  );
  await connection.close();
});

/** Returns the JSON of an answer without its id. */
function wire(reply: object): string {
  const { id: _id, ...rest } = reply as { id: unknown };
  return JSON.stringify(rest);
}
