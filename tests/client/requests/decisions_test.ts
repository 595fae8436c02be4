import type {
  ApprovalRequest,
  CommandApproval,
  ElicitationRequest,
  McpToolApproval,
  PermissionsApproval,
  UserInputRequest,
  UserRequest,
} from "../../../mod.ts";
import { DecisionNotOfferedError } from "../../../errors.ts";
import type { ServerRequestMethod } from "../../../protocol.ts";
import type { FakeMessage } from "../../../testing.ts";
import {
  assertEquals,
  assertMatch,
  assertStrictEquals,
  assertThrows,
} from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { type Asking, asking, COMMAND, FILES, fresh, MCP_TOOL, PARAMS } from "./_requests.ts";

const ELICITATION = "mcpServer/elicitation/request";
const INPUT = "item/tool/requestUserInput";
const PERMISSIONS = "item/permissions/requestApproval";

/** Sends a request, answers it with `answer` and returns the answer as sent. */
async function answered<Request extends UserRequest>(
  fixture: Asking,
  method: ServerRequestMethod,
  answer: (request: Request) => void,
  params: FakeMessage = PARAMS[method],
): Promise<unknown> {
  await using requests = fixture.thread.requests();
  const reply = fixture.server.request(method, fresh(method, params));
  const { value } = await requests.next();
  answer(value as Request);
  return (await reply).result;
}

test("CommandApproval sends each decision that the server offers, and rejects the others before sending [R-37]", async () => {
  await using fixture = await asking();
  const rule = { execpolicy_amendment: ["cat", "/etc/hostname"] };
  const send = (answer: (request: CommandApproval) => void): Promise<unknown> =>
    answered<CommandApproval>(fixture, COMMAND, answer);
  assertEquals(await send((request) => request.approve()), { decision: "accept" });
  assertEquals(await send((request) => request.cancel()), { decision: "cancel" });
  assertEquals(await send((request) => request.answer({ decision: "accept" })), {
    decision: "accept",
  });
  assertEquals(await send((request) => request.approveWithRule()), {
    decision: { acceptWithExecpolicyAmendment: rule },
  });
  // Accepted although it is not in the list: declining is always possible.
  assertEquals(await send((request) => request.decline()), { decision: "decline" });
  await send((request) => {
    assertEquals(request.availableDecisions, [
      "accept",
      { acceptWithExecpolicyAmendment: rule },
      "cancel",
    ]);
    const other = { acceptWithExecpolicyAmendment: { execpolicy_amendment: ["cat"] } };
    const network = {
      applyNetworkPolicyAmendment: {
        network_policy_amendment: { host: "x.example", action: "allow" as const },
      },
    };
    for (const decision of ["acceptForSession", other, network] as const) {
      const error = assertThrows(() => request.answer(decision), DecisionNotOfferedError);
      assertStrictEquals(error.decision, decision);
      assertEquals(error.availableDecisions, request.availableDecisions);
    }
    assertThrows(() => request.approveForSession(), DecisionNotOfferedError);
    for (const nonsense of ["approved", true, null, {}, { decision: {} }, 1]) {
      assertThrows(() => request.answer(nonsense as never), TypeError);
    }
    assertEquals([request.state, fixture.thread.openRequests()], ["open", [request]]);
    request.decline();
  });
});

test("CommandApproval accepts every one-word decision if the server lists none [R-37]", async () => {
  await using fixture = await asking();
  const params = { ...PARAMS[COMMAND], availableDecisions: null };
  const result = await answered<CommandApproval>(
    fixture,
    COMMAND,
    (request) => {
      assertEquals(request.availableDecisions, ["accept", "acceptForSession", "decline", "cancel"]);
      request.approveForSession();
    },
    params,
  );
  assertEquals(result, { decision: "acceptForSession" });
});

test("CommandApproval has what a person needs to see", async () => {
  await using fixture = await asking();
  await answered<CommandApproval>(fixture, COMMAND, (request) => {
    const { kind, method, command, cwd, reason, actions, threadId, turnId } = request;
    assertEquals([kind, method, command, cwd, reason, actions[0]?.type], [
      "commandApproval",
      COMMAND,
      "/bin/bash -lc 'cat /etc/hostname'",
      "/work",
      "please",
      "read",
    ]);
    assertEquals([threadId, turnId], [fixture.thread.id, fixture.turn.id]);
    assertStrictEquals(request.thread, fixture.thread);
    assertStrictEquals(request.turn, fixture.turn);
    request.decline();
  });
});

test("a decision that was not offered makes a handler's request decline, and is reported [R-37] [R-33]", async () => {
  await using fixture = await asking({ onCommandApproval: () => "acceptForSession" });
  const { result } = await fixture.server.request(COMMAND, PARAMS[COMMAND]);
  assertEquals(result, { decision: "decline" });
  const [diagnostic] = fixture.diagnostics;
  assertEquals(diagnostic?.kind, "callbackError");
  assertMatch(String((diagnostic as { error: unknown }).error), /the server offers "accept", \{/);
});

test("approvals of every kind accept the same four words, and send the words of their method [R-37]", async () => {
  await using fixture = await asking();
  const { permissions } = PARAMS[PERMISSIONS] as never as PermissionsApproval["params"];
  const { network, fileSystem } = permissions;
  const denied = { denied: { rejection: "This client declined." } };
  const all = { network, fileSystem };
  const cases: [ServerRequestMethod, FakeMessage, unknown[]][] = [
    [
      FILES,
      PARAMS[FILES],
      ["accept", "acceptForSession", "decline", "cancel"].map((decision) => ({
        decision,
      })),
    ],
    [PERMISSIONS, PARAMS[PERMISSIONS], [
      { permissions: all, scope: "turn" },
      { permissions: all, scope: "session" },
      { permissions: {}, scope: "turn" },
      { permissions: {}, scope: "turn" },
    ]],
    [ELICITATION, MCP_TOOL, [
      { action: "accept", content: {}, _meta: null },
      { action: "accept", content: {}, _meta: { persist: "session" } },
      { action: "decline", content: null, _meta: null },
      { action: "cancel", content: null, _meta: null },
    ]],
    ...(["execCommandApproval", "applyPatchApproval"] as const).map((
      method,
    ): [ServerRequestMethod, FakeMessage, unknown[]] => [
      method,
      PARAMS[method],
      ["approved", "approved_for_session", denied, "abort"].map((decision) => ({ decision })),
    ]),
  ];
  for (const [method, params, expected] of cases) {
    const words = ["accept", "acceptForSession", "decline", "cancel"] as const;
    const given: unknown[] = [];
    for (const word of words) {
      given.push(
        await answered<ApprovalRequest>(fixture, method, (request) => request.answer(word), params),
      );
    }
    assertEquals(given, expected, method);
  }
});

test("legacy approvals find their item by the call id", async () => {
  await using fixture = await asking();
  const { server, thread, turn } = fixture;
  const item = { type: "commandExecution", id: "item-1" };
  server.notify("item/started", { threadId: thread.id, turnId: turn.id, item });
  const result = await answered<ApprovalRequest>(fixture, "execCommandApproval", (request) => {
    assertEquals([request.item?.id, request.threadId, request.turnId], ["item-1", thread.id, null]);
    assertStrictEquals(request.turn, turn); // the running one
    request.approve();
  });
  assertEquals(result, { decision: "approved" });
});

test("PermissionsApproval can grant a part of the request", async () => {
  await using fixture = await asking();
  const grant = { permissions: { network: { enabled: true } }, scope: "turn" } as const;
  const result = await answered<PermissionsApproval>(
    fixture,
    PERMISSIONS,
    (request) => request.answer(grant),
  );
  assertEquals(result, grant);
});

test("McpToolApproval shows the call, and offers permanent approval only if the server does [R-37]", async () => {
  await using fixture = await asking();
  const always = await answered<McpToolApproval>(fixture, ELICITATION, (request) => {
    const { kind, serverName, toolName, annotations } = request;
    assertEquals([kind, serverName, toolName, request.arguments, annotations], [
      "mcpToolApproval",
      "ask",
      "ask",
      { a: 1 },
      { destructiveHint: true },
    ]);
    assertEquals(request.environmentId, "box-1");
    request.approveAlways();
  }, MCP_TOOL);
  assertEquals(always, { action: "accept", content: {}, _meta: { persist: "always" } });
  const once = { ...MCP_TOOL, _meta: { codex_approval_kind: "mcp_tool_call" } };
  await answered<McpToolApproval>(fixture, ELICITATION, (request) => {
    assertEquals(request.availableDecisions, ["accept", "decline", "cancel"]);
    assertThrows(() => request.approveAlways(), DecisionNotOfferedError);
    assertThrows(() => request.approveForSession(), DecisionNotOfferedError);
    request.decline();
  }, once);
});

test("UserInputRequest accepts answers by question, a protocol result, or one string for one question", async () => {
  await using fixture = await asking();
  const wire = { answers: { colour: { answers: ["red"] } } };
  for (const answer of ["red", { colour: "red" }, { colour: ["red"] }, wire]) {
    const result = await answered<UserInputRequest>(fixture, INPUT, (request) => {
      assertEquals(request.questions[0]?.question, "Which colour?");
      request.answer(answer);
    });
    assertEquals(result, wire);
  }
  await answered<UserInputRequest>(fixture, INPUT, (request) => {
    for (const wrong of [{ size: "S" }, { colour: 1 }, 5, null, { colour: [1] }]) {
      assertThrows(() => request.answer(wrong as never), TypeError);
    }
    request.decline();
  });
  const [question] = PARAMS[INPUT].questions as [FakeMessage];
  const strict = { ...PARAMS[INPUT], questions: [{ ...question, isOther: false }] };
  await answered<UserInputRequest>(fixture, INPUT, (request) => {
    assertThrows(() => request.answer("green"), DecisionNotOfferedError);
    request.answer("blue");
  }, strict);
});

test("ElicitationRequest returns the form's content, and rejects a missing required field", async () => {
  await using fixture = await asking();
  const result = await answered<ElicitationRequest>(fixture, ELICITATION, (request) => {
    assertEquals([request.mode, request.message, request.serverName], [
      "form",
      "Which colour?",
      "ask",
    ]);
    assertEquals(request.environmentId, null); // servers up to 0.170 omit it
    assertThrows(() => request.accept(), TypeError, '["colour"]');
    assertThrows(() => request.answer({ action: "yes" } as never), TypeError);
    request.accept({ colour: "red" });
  });
  assertEquals(result, { action: "accept", content: { colour: "red" }, _meta: null });
  const url = {
    ...PARAMS[ELICITATION],
    mode: "url",
    url: "https://x.example",
    requestedSchema: undefined,
  };
  const opened = await answered<ElicitationRequest>(fixture, ELICITATION, (request) => {
    assertEquals([request.url, request.requestedSchema], ["https://x.example", null]);
    request.accept();
  }, url);
  assertEquals(opened, { action: "accept", content: null, _meta: null });
});

test("requests without any usable params are declined and break nothing [R-69]", async () => {
  await using fixture = await asking({
    approvals: (request) => {
      const { availableDecisions, reason, item } = request;
      return availableDecisions === undefined || reason === "x" || item ? "accept" : undefined;
    },
    onUserInput: ({ questions }) => questions[0]?.id,
    onElicitation: ({ message, url, requestedSchema }) =>
      message + url + requestedSchema === "x" ? "cancel" : undefined,
  });
  for (const method of Object.keys(PARAMS) as ServerRequestMethod[]) {
    await fixture.server.request(method, {});
    await fixture.server.request(method, { turnId: 5, threadId: 7, questions: null, _meta: 1 });
  }
  const faults = fixture.diagnostics.filter(({ kind }) => kind !== "unhandledRequest");
  assertEquals(faults, []);
});
