/** A running turn, and the requests that the server can make about it. */
import type { CodexOptions, Diagnostic, TurnHandle, TurnOptions } from "../../../mod.ts";
import type { ServerRequestMethod } from "../../../protocol.ts";
import { type FakeMessage, fakeTurn, notification } from "../../../testing.ts";
import { count, type Fixture, open, settled, THREAD, TURN } from "../_fixture.ts";

/** A client with a running turn. */
export interface Asking extends Fixture {
  readonly turn: TurnHandle;
  readonly diagnostics: Diagnostic[];
}

/** The settings of a thread that asks its client. */
const ASKS = { approvalPolicy: "on-request", approvalsReviewer: "user" } as const;

/** Opens a client, a thread that asks and a turn. */
export async function asking(
  options: CodexOptions = {},
  turnOptions: TurnOptions = {},
): Promise<Asking> {
  const diagnostics: Diagnostic[] = [];
  const fixture = await open({
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    ...options,
  }, ASKS);
  const turn = await fixture.thread.turn("hi", turnOptions);
  fixture.server.notify("turn/started", { threadId: THREAD, turn: fakeTurn(TURN) });
  return { ...fixture, turn, diagnostics };
}

const IDS = { threadId: THREAD, turnId: TURN, itemId: "item-1" };
const LEGACY = { conversationId: THREAD, callId: "item-1" };

/** The params of each request, as observed from the real binary. */
export const PARAMS: Readonly<Record<ServerRequestMethod, FakeMessage>> = {
  "item/commandExecution/requestApproval": {
    ...IDS,
    kind: "command",
    startedAtMs: 1,
    environmentId: "local",
    reason: "please",
    command: "/bin/bash -lc 'cat /etc/hostname'",
    cwd: "/work",
    commandActions: [{
      type: "read",
      command: "cat /etc/hostname",
      name: "hostname",
      path: "/etc/hostname",
    }],
    proposedExecpolicyAmendment: ["cat", "/etc/hostname"],
    availableDecisions: [
      "accept",
      { acceptWithExecpolicyAmendment: { execpolicy_amendment: ["cat", "/etc/hostname"] } },
      "cancel",
    ],
  },
  "item/fileChange/requestApproval": { ...IDS, startedAtMs: 1, reason: null, grantRoot: null },
  "item/permissions/requestApproval": {
    ...IDS,
    environmentId: "local",
    startedAtMs: 1,
    cwd: "/work",
    reason: "need net",
    permissions: {
      network: { enabled: true },
      fileSystem: {
        read: null,
        write: ["/tmp/xx"],
        entries: [{ path: { type: "path", path: "/tmp/xx" }, access: "write" }],
      },
    },
  },
  "item/tool/requestUserInput": {
    ...IDS,
    questions: [{
      id: "colour",
      header: "Colour",
      question: "Which colour?",
      isOther: true,
      isSecret: false,
      options: [{ label: "red", description: "r" }, { label: "blue", description: "b" }],
    }],
    isBlocking: false,
    autoResolutionMs: null,
  },
  "mcpServer/elicitation/request": {
    threadId: THREAD,
    turnId: TURN,
    serverName: "ask",
    mode: "form",
    _meta: null,
    message: "Which colour?",
    requestedSchema: {
      type: "object",
      properties: { colour: { type: "string" } },
      required: ["colour"],
    },
  },
  "item/tool/call": { ...IDS, callId: "call-1", namespace: null, tool: "clock", arguments: {} },
  "account/chatgptAuthTokens/refresh": { reason: "unauthorized", previousAccountId: "a" },
  "attestation/generate": {},
  "execCommandApproval": {
    ...LEGACY,
    approvalId: null,
    command: ["git", "status"],
    cwd: "/work",
    reason: "why not",
    parsedCmd: [],
  },
  "applyPatchApproval": {
    ...LEGACY,
    fileChanges: { "/srv/a.md": { type: "add", content: "hello\n" } },
    reason: null,
    grantRoot: null,
  },
};

/** The elicitation that asks for approval of a tool call. */
export const MCP_TOOL: FakeMessage = {
  ...PARAMS["mcpServer/elicitation/request"],
  environmentId: "box-1",
  _meta: {
    codex_approval_kind: "mcp_tool_call",
    persist: ["session", "always"],
    tool_name: "ask",
    tool_annotations: { destructiveHint: true },
    tool_description: "asks",
    tool_params: { a: 1 },
    tool_params_display: [],
  },
  message: 'Allow the ask MCP server to run tool "ask"?',
  requestedSchema: { type: "object", properties: {} },
};

export const COMMAND = "item/commandExecution/requestApproval";
export const FILES = "item/fileChange/requestApproval";

/** Params of a request that is not one of the earlier ones delivered again. */
export function fresh(
  method: ServerRequestMethod,
  params: FakeMessage = PARAMS[method],
): FakeMessage {
  const hasItem = "itemId" in params || "callId" in params;
  return hasItem ? { ...params, approvalId: crypto.randomUUID() } : params;
}

/** The result that {@linkcode ask} returns for a decision. */
export const decision = (word: string): string => JSON.stringify({ decision: word });

/** Sends a request and returns the client's result or error as JSON. */
export async function ask(
  { server }: Pick<Fixture, "server">,
  method: ServerRequestMethod,
  params: FakeMessage = fresh(method),
  id?: string | number,
): Promise<string> {
  const { result, error } = await server.request(method, params, id === undefined ? {} : { id });
  return JSON.stringify(error ?? result);
}

/** Sends a request without waiting for the answer. */
export function send(
  { server }: Pick<Fixture, "server">,
  id: string | number,
  method: ServerRequestMethod,
  params: FakeMessage = fresh(method),
): void {
  server.sendBatch([{ method, id, params }]);
}

/** Returns how many answers a request got. */
export function answers({ server }: Pick<Fixture, "server">, id: string | number): FakeMessage[] {
  return server.received.filter((message) => !("method" in message) && message.id === id);
}

/** A started file change. */
export function fileChangeStarted(turnId: string = TURN, threadId: string = THREAD): FakeMessage {
  return notification("item/started", {
    threadId,
    turnId,
    item: {
      type: "fileChange",
      id: "item-1",
      status: "inProgress",
      changes: [{ path: "/srv/a.md", kind: { type: "add" }, diff: "hello\n" }],
    },
    startedAtMs: 0,
  });
}

/** Waits until the client has processed everything that was sent. */
export async function quiet(fixture: Pick<Fixture, "server" | "codex">): Promise<void> {
  await settled(fixture);
  await new Promise((resolve) => setTimeout(resolve, 0)); // a promise chain or two
  await settled(fixture);
}

export { count, settled, THREAD, TURN };
