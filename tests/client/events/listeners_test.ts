import type { Diagnostic } from "../../../mod.ts";
import { StreamOverflowError } from "../../../errors.ts";
import type { UnknownMethod } from "../../../types.ts";
import { notification } from "../../../testing.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertThrows,
} from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { answer, countingSignal, delta, methods, open, reasonOf, settled } from "../_fixture.ts";

test("Codex.on calls back only for its method, in order, until it is removed", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const heard: string[] = [];
  const offFirst = codex.on("warning", ({ message }) => heard.push(`first ${message}`));
  const offSecond = codex.on("warning", ({ message }) => heard.push(`second ${message}`));
  server.sendBatch([
    notification("warning", { threadId: null, message: "a" }),
    notification("configWarning", { summary: "not this" }),
  ]);
  await settled(fixture);
  offFirst();
  offFirst();
  server.notify("warning", { message: "b" });
  await settled(fixture);
  offSecond();
  server.notify("warning", { message: "c" });
  await settled(fixture);
  assertEquals(heard, ["first a", "second a", "second b"]);
});

test("Codex.on accepts one function twice, and each is removed on its own", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  let calls = 0;
  const listener = (): void => void calls++;
  const off = codex.on("warning", listener);
  codex.on("warning", listener);
  server.notify("warning", {});
  await settled(fixture);
  assertEquals(calls, 2);
  off();
  server.notify("warning", {});
  await settled(fixture);
  assertEquals(calls, 3);
});

test("Codex.on allows listeners to remove listeners while they are called", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const heard: number[] = [];
  const offs = [1, 2, 3].map((n) =>
    codex.on("warning", () => {
      heard.push(n);
      for (const off of offs) off();
    })
  );
  server.notify("warning", {});
  server.notify("warning", {});
  await settled(fixture);
  assertEquals(heard, [1]);
});

test("Codex.on reports a listener that throws or rejects, and the others continue", async () => {
  const diagnostics: Diagnostic[] = [];
  await using fixture = await open({ onDiagnostic: (diagnostic) => diagnostics.push(diagnostic) });
  const { server, codex, thread } = fixture;
  const sync = new Error("sync");
  const later = new Error("later");
  const heard: string[] = [];
  codex.on("item/agentMessage/delta", () => {
    throw sync;
  });
  codex.on("item/agentMessage/delta", async () => {
    await Promise.resolve();
    throw later;
  });
  codex.on("item/agentMessage/delta", (params) => heard.push(params.delta));
  const turn = await thread.turn("hi");
  server.sendBatch([delta("he"), ...answer("ok")]);
  assertEquals((await turn.run()).finalResponse, "ok");
  await settled(fixture);
  assertEquals(heard, ["he", "ok"]);
  const reported = diagnostics.filter(({ kind }) => kind === "callbackError");
  assertEquals(reported.length, 4);
  const errors = reported.map((diagnostic) => (diagnostic as { error: unknown }).error);
  assertEquals(errors.filter((error) => error === sync).length, 2);
  assertEquals(errors.filter((error) => error === later).length, 2);
});

test("Codex.on rejects anything but a method and a function", async () => {
  await using fixture = await open();
  const { codex } = fixture;
  assertThrows(() => codex.on("warning", "x" as never), TypeError, "listener");
  assertThrows(() => codex.on(5 as never, () => {}), TypeError, "listener");
  assertThrows(() => codex.notifications({ methods: "warning" as never }), TypeError, "methods");
  assertThrows(() => codex.handle("item/tool/call", 5 as never), TypeError, "handler");
});

test("Codex.notifications yields everything, or only the named methods", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const all = codex.notifications();
  const some = codex.notifications({
    methods: ["turn/completed", "from/the/future" as string as UnknownMethod],
  });
  const none = codex.notifications({ methods: [] });
  const turn = await thread.turn("hi");
  server.sendBatch([...answer("ok"), notification("from/the/future", { n: 1 })]);
  await turn.run();
  await settled(fixture);
  assertEquals([all.pending, some.pending, none.pending], [8, 2, 0]);
  await codex.close();
  assertEquals(await methods(some), ["turn/completed", "from/the/future"]);
  assertEquals((await methods(all)).length, 8);
  assertEquals(await methods(none), []);
});

test("Codex.notifications ends with the signal's reason, and unsubscribes when left", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const controller = new AbortController();
  const reason = new Error("enough");
  const stream = codex.notifications({ signal: controller.signal });
  const seen: string[] = [];
  const ended = reasonOf((async () => {
    for await (const { method } of stream) seen.push(method);
  })());
  server.notify("warning", {});
  await settled(fixture);
  controller.abort(reason);
  assertStrictEquals(await ended, reason);
  server.notify("warning", {});
  await settled(fixture);
  assertEquals([seen, stream.pending], [["warning"], 0]);

  const left = codex.notifications();
  server.notify("warning", {});
  for await (const _ of left) break;
  server.notify("warning", {});
  await settled(fixture);
  assertEquals(left.pending, 0);
});

test("Codex.notifications releases a reader that fell too far behind, and its signal", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const { controller, listeners } = countingSignal();
  const stream = codex.notifications({ signal: controller.signal });
  server.sendBatch(Array.from({ length: 65_537 }, () => notification("warning", {})));
  await settled(fixture);
  assertEquals(listeners(), 0);
  assertInstanceOf(await reasonOf(stream.next()), StreamOverflowError);
});

test("Codex.notifications of a closed client ends immediately", async () => {
  const fixture = await open();
  await fixture.codex.close();
  assertEquals(await methods(fixture.codex.notifications()), []);
  await fixture[Symbol.asyncDispose]();
});

test("Codex.handle answers the server, and declines again once it is removed", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const ask = (): Promise<unknown> => server.request("item/fileChange/requestApproval", { n: 1 });
  assertEquals(await ask(), { id: 0, result: { decision: "decline" } });
  const seen: unknown[] = [];
  const off = codex.handle("item/fileChange/requestApproval", (params, { id }) => {
    seen.push(params, id);
    return { decision: "accept" };
  });
  assertEquals(await ask(), { id: 1, result: { decision: "accept" } });
  assertEquals(seen, [{ n: 1 }, 1]);
  off();
  assertEquals(await ask(), { id: 2, result: { decision: "decline" } });
});

test("Codex accepts handlers as an option, and a later one replaces them", async () => {
  await using fixture = await open({
    handlers: {
      "attestation/generate": () => ({ token: "a" }),
      "item/tool/call": undefined as never,
    },
  });
  const { server, codex } = fixture;
  assertEquals((await server.request("attestation/generate")).result, { token: "a" });
  codex.handle("attestation/generate", async () => await Promise.resolve({ token: "b" }));
  assertEquals((await server.request("attestation/generate")).result, { token: "b" });
  const declined = await server.request("item/tool/call");
  assert((declined.result as { success: boolean }).success === false);
});
