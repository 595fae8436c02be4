/** Turns whose approvals others decide: the server's reviewing agent, or nobody. */
import type { Diagnostic, TurnResult } from "../../mod.ts";
import {
  gate,
  message,
  type RecordedRequest,
  type ResponseStep,
  shellCommand,
} from "../../testing.ts";
import { assertEquals, assertMatch } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

const COMMAND = [shellCommand("echo escalated", { escalate: "to see it" })];

/** A model that runs a command and then ends, and the reviewing agent's response. */
function scripted(review: readonly ResponseStep[]): (request: RecordedRequest) => ResponseStep[] {
  return (request) => {
    if (request.headers["x-openai-subagent"] === "guardian") return [...review];
    return request.inputItems.at(-1)?.type === "message" ? COMMAND : [message("done")];
  };
}

/** Returns how the command of a turn ended. */
function statusOf({ items }: TurnResult): string | undefined {
  return items.find((item) => item.type === "commandExecution")?.status;
}

test(
  "a turn in autoReview continues after the verdict; its handler is not called, and that is reported",
  async () => {
    const verdicts: readonly (readonly [ResponseStep, string])[] = [
      [message('{"outcome":"allow","risk_level":"low","rationale":"fine"}'), "completed"],
      [message('{"outcome":"deny","risk_level":"high","rationale":"no"}'), "declined"],
      [message("That is fine with me."), "declined"], // still no verdict after two retries
    ];
    for (const [verdict, status] of verdicts) {
      const reported: Diagnostic[] = [];
      await using session = await ScriptedCodex.start(
        { onDiagnostic: (diagnostic) => reported.push(diagnostic) },
        { respond: scripted([verdict]) },
      );
      const thread = await session.codex.threadStart();
      const asked: unknown[] = [];
      const result = await thread.run("go", {
        onCommandApproval: (approval) => void asked.push(approval),
      });
      assertEquals([result.status, result.finalResponse, statusOf(result)], [
        "completed",
        "done",
        status,
      ]);
      assertEquals([asked, session.model.unexpected], [[], []]);
      assertEquals(reported, [{
        kind: "unreachableHandler",
        threadId: thread.id,
        approvalMode: "autoReview",
      }]);
      const inMode = await thread.run("go", {
        approvalMode: "ask",
        onCommandApproval: (approval) => {
          asked.push(approval);
          return "accept";
        },
      });
      assertEquals([statusOf(inMode), asked.length, reported.length], ["completed", 1, 1]);
    }
  },
  { timeoutMs: 30_000 },
);

test("a turn in autoReview can be interrupted while the reviewing agent is thinking [R-28]", async () => {
  const thinks = gate();
  await using session = await ScriptedCodex.start({}, {
    respond: scripted([thinks, message('{"outcome":"allow"}')]),
  });
  const thread = await session.codex.threadStart({ approvalMode: "autoReview" });
  const turn = await thread.turn("go");
  await thinks.untilReached();
  await turn.interrupt();
  const result = await turn.run();
  assertEquals([result.status, statusOf(result) === "completed"], ["interrupted", false]);
  thinks.open();
});

test("a review never asks for approval, even in a thread that asks, and its handler is reported as unreachable", async () => {
  const reported: Diagnostic[] = [];
  await using session = await ScriptedCodex.start(
    { onDiagnostic: (diagnostic) => reported.push(diagnostic) },
    { respond: scripted([]) },
  );
  const { codex, model } = session;
  const asked: unknown[] = [];
  const onCommandApproval = (approval: unknown): "accept" => {
    asked.push(approval);
    return "accept";
  };
  const thread = await codex.threadStart({ onCommandApproval });
  assertEquals(thread.settings.approvalsReviewer, "user");
  const target = { type: "custom", instructions: "look" } as const;
  await (await thread.review(target, { onCommandApproval })).run();
  assertMatch(JSON.stringify(model.requests.at(-1)?.inputItems), /approval policy is Never/);
  assertEquals(asked, []);
  assertEquals(reported, [{
    kind: "unreachableHandler",
    threadId: thread.id,
    approvalMode: "denyAll",
  }]);
});
