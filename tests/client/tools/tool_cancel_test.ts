import { tool } from "../../../mod.ts";
import { TurnIdleTimeoutError } from "../../../errors.ts";
import type { Tool } from "../../../mod.ts";
import { callTool, type ToolCall } from "../../../src/client/tools/tool_call.ts";
import type { CallableTool } from "../../../src/client/tools/tool_call.ts";
import { ToolSet } from "../../../src/client/tools/tool_set.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { assert, assertEquals, assertInstanceOf } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import "../../_support/loaded_modules.ts";
import { test } from "../../_support/test.ts";
import { answer, completed, countingSignal, reasonOf, settled, THREAD, TURN } from "../_fixture.ts";
import { withTools } from "./_tools.ts";

const description = "Does it.";

function doing(
  run: Tool<unknown>["run"],
  more: { readonly timeoutMs?: number } = {},
): Tool<unknown> {
  return tool({ name: "do", description, run, ...more });
}

/** A tool that never settles by itself, and the reasons that its signals fired with. */
function hanging(): {
  tool: Tool<unknown>;
  started: Promise<void>;
  reasons: unknown[];
  fired: Promise<void>;
} {
  const [started, fired] = [deferred<void>(), deferred<void>()];
  const reasons: unknown[] = [];
  const run: Tool<unknown>["run"] = (_args, { signal }) => {
    signal.addEventListener("abort", () => {
      reasons.push(signal.reason);
      fired.resolve();
    });
    started.resolve();
    return new Promise(() => {});
  };
  return { tool: doing(run), started: started.promise, reasons, fired: fired.promise };
}

test("the end of the turn cancels a call, and no answer is sent [R-35] [R-41]", async () => {
  const { tool: hang, started, fired, reasons } = hanging();
  await using fixture = await withTools([hang]);
  const { server, thread } = fixture;
  const turn = await thread.turn("go");
  server.sendBatch([{ method: "item/tool/call", id: 70, params: callParams("do") }]);
  await started;
  await turn.interrupt();
  await fired;
  assertEquals((await turn.run()).status, "interrupted");
  await settled(fixture);
  assertEquals(server.received.filter(({ id }) => id === 70), []);
  assertEquals([reasons.length, fixture.diagnostics], [1, []]);
});

test("the end of a foreign turn cancels its calls too", async () => {
  const { tool: hang, started, fired } = hanging();
  await using fixture = await withTools([hang]);
  const params = callParams("do", "turn-of-others");
  fixture.server.sendBatch([{ method: "item/tool/call", id: 71, params }]);
  await started;
  fixture.server.sendBatch([completed("completed", {}, "turn-of-others")]);
  await fired;
});

test("a call that the server withdraws is cancelled, and no answer is written [R-35]", async () => {
  const { tool: hang, started, fired } = hanging();
  await using fixture = await withTools([hang]);
  const { server } = fixture;
  server.sendBatch([{ method: "item/tool/call", id: "x", params: callParams("do") }]);
  await started;
  server.notify("serverRequest/resolved", { threadId: THREAD, requestId: "x" });
  await fired;
  await settled(fixture);
  assertEquals(server.received.filter(({ id }) => id === "x"), []);
});

test("close cancels calls that never settle, and waits for none of them", async () => {
  const { tool: hang, started, fired } = hanging();
  await using fixture = await withTools([hang]);
  fixture.server.sendBatch([{ method: "item/tool/call", id: 72, params: callParams("do") }]);
  await started;
  await fixture.codex.close();
  await fired;
});

test("the end of the server cancels the calls", async () => {
  const { tool: hang, started, fired } = hanging();
  await using fixture = await withTools([hang]);
  fixture.server.sendBatch([{ method: "item/tool/call", id: 73, params: callParams("do") }]);
  await started;
  fixture.server.exit({ code: 1 });
  await fired;
});

function callable(one: Tool<unknown>): CallableTool {
  const found = new ToolSet([one]).find(null, one.name);
  assert(found !== undefined);
  return found;
}

function callWith(signal: AbortSignal): ToolCall {
  return {
    args: {},
    context: {} as never,
    signal,
    onError: () => {},
    onProgress: () => {},
    onQuestion: () => Promise.resolve([]),
  };
}

test("callTool leaves no listener on the request's signal, however it ends", async () => {
  using _clock = fakeClock({ waitsForModules: true });
  const { controller, listeners } = countingSignal();
  const { signal } = controller;
  const runs: Tool<unknown>["run"][] = [
    () => "ok",
    () => Promise.reject(new Error("no")),
    () => new Promise(() => {}),
  ];
  for (const run of runs) {
    for (let n = 0; n < 10; n++) {
      await callTool(callable(doing(run, { timeoutMs: 5 })), callWith(signal));
    }
  }
  assertEquals(listeners(), 0);
});

test("callTool runs nothing once the signal has fired, before the call or during validation", async () => {
  let runs = 0;
  const controller = new AbortController();
  const schema = {
    "~standard": {
      version: 1,
      vendor: "mine",
      validate: (value: unknown) => {
        controller.abort();
        return Promise.resolve({ value });
      },
    },
  } as const;
  const input = { schema, jsonSchema: { type: "object" } } as const;
  const counted = callable(tool({ name: "do", description, input, run: () => ++runs }));
  const during = await callTool(counted, callWith(controller.signal));
  const before = await callTool(counted, callWith(AbortSignal.abort()));
  await Promise.resolve(); // anything left to run after the answer would run now
  assertEquals([during.success, before.success, runs], [false, false, 0]);
});

test("idleTimeoutMs of a turn pauses while a tool runs [R-20]", async () => {
  using clock = fakeClock({ waitsForModules: true });
  const slow = doing(() => new Promise((resolve) => setTimeout(() => resolve("late"), 500)));
  await using fixture = await withTools([slow]);
  const { server, thread } = fixture;
  const running = thread.run("go", { idleTimeoutMs: 150 });
  await server.nextRequest("turn/start");
  assertEquals((await fixture.call("do")).text, "late");
  server.sendBatch(answer("done"));
  assertEquals((await running).finalResponse, "done");
  const silent = await reasonOf(thread.run("go", { idleTimeoutMs: 50 }));
  assertInstanceOf(silent, TurnIdleTimeoutError);
  assertEquals(clock.elapsedMs, 500 + 50);
});

function callParams(name: string, turnId = TURN): Record<string, unknown> {
  return { threadId: THREAD, turnId, callId: "call-1", namespace: null, tool: name, arguments: {} };
}
