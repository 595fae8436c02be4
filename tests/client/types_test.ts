/** Compile-time checks: this file does not compile if the types of the client are wrong. */
import type {
  Codex,
  CodexOptions,
  ServerNotification,
  Thread,
  ThreadStartOptions,
  TurnHandle,
  TurnOptions,
  TurnResult,
} from "../../mod.ts";
import type { NotificationListener, ServerRequestHandlers, UnknownMethod } from "../../types.ts";
import type {
  AgentMessageDeltaNotification,
  ClientMethod,
  CommandExecutionRequestApprovalParams,
  ModelListResponse,
  NotificationMethod,
  NotificationParams,
  ServerRequestMethod,
  ThreadItem,
  TurnCompletedNotification,
} from "../../protocol.ts";
import { assert } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

/** Compiles only for the type `true`. */
function holds<_Fact extends true>(): void {}

/** Only compiled, never run. */
export function narrowing(event: ServerNotification): void {
  if (event.method === "turn/completed") {
    holds<Equal<typeof event.params, TurnCompletedNotification>>();
  }
  if (event.method === "item/agentMessage/delta") {
    holds<Equal<typeof event.params, AgentMessageDeltaNotification>>();
    const text: string = event.params.delta;
    void text;
  }
  switch (event.method) {
    case "item/completed":
      holds<Equal<typeof event.params.item, ThreadItem>>();
      break;
    case "warning":
      holds<Equal<typeof event.params.message, string>>();
      // @ts-expect-error -- a warning has no such field
      void event.params.delta;
      break;
    default:
      // @ts-expect-error -- the remaining methods have no known params
      void event.params.turn;
  }
  // @ts-expect-error -- the params are unknown before narrowing
  void event.params.threadId;
  const method: string = event.method;
  void method;
}

/** Only compiled: narrowing is exact for every known method. */
export function everyMethod(): void {
  type Narrowed<M extends NotificationMethod> = Extract<
    ServerNotification,
    { readonly method: M }
  >["params"];
  type Wrong = {
    [M in NotificationMethod]: Equal<Narrowed<M>, NotificationParams<M>> extends true ? never : M;
  }[NotificationMethod];
  holds<Equal<Wrong, never>>();
}

/** Only compiled, never run. */
export async function requests(codex: Codex): Promise<void> {
  const models = await codex.request("model/list", { includeHidden: true });
  holds<Equal<typeof models, ModelListResponse>>();
  const first: string | undefined = models.data[0]?.id;
  void first;
  const read = await codex.request("thread/read", { threadId: "t", includeTurns: true }, {
    timeoutMs: 5,
    onLateResult: (late) => holds<Equal<typeof late, typeof read>>(),
  });
  holds<Equal<typeof read.thread.id, string>>();
  // @ts-expect-error -- no such method
  await codex.request("model/lisst", {});
  // @ts-expect-error -- a field is missing
  await codex.request("thread/read", {});
  // @ts-expect-error -- a field of the wrong type
  await codex.request("thread/read", { threadId: 5 });
  // @ts-expect-error -- no such field
  await codex.request("thread/read", { threadId: "t", includeTurn: true });
  const dynamic: ClientMethod = "model/list";
  void dynamic;
}

/** Only compiled, never run. */
export function listeners(codex: Codex): void {
  const off = codex.on("turn/completed", (params) => {
    holds<Equal<typeof params, TurnCompletedNotification>>();
  });
  holds<Equal<typeof off, () => void>>();
  codex.on<string>("from/the/future", (params) => holds<Equal<typeof params, unknown>>());
  // @ts-expect-error -- the params of a delta are not a turn
  codex.on("item/agentMessage/delta", (params: TurnCompletedNotification) => void params);
  holds<
    Equal<
      Parameters<NotificationListener<"item/agentMessage/delta">>[0],
      AgentMessageDeltaNotification
    >
  >();
  codex.notifications({
    methods: ["turn/completed", "from/the/future" as string as UnknownMethod],
  });
  // @ts-expect-error -- a misspelt method
  codex.on("turn/complete", () => {});
  // @ts-expect-error -- a misspelt method
  codex.notifications({ methods: ["turn/complete"] });
}

/** Only compiled, never run. */
export function handlers(codex: Codex): ServerRequestHandlers {
  codex.handle("item/commandExecution/requestApproval", (params, { id, signal }) => {
    holds<Equal<typeof params, CommandExecutionRequestApprovalParams>>();
    holds<Equal<typeof id, string | number>>();
    holds<Equal<typeof signal, AbortSignal>>();
    return { decision: "accept" };
  });
  // @ts-expect-error -- no such decision, nor a promise of one
  codex.handle("item/fileChange/requestApproval", () => ({ decisoin: "accept" }));
  // @ts-expect-error -- no such method
  codex.handle("item/fileChange/askApproval", () => ({ decision: "accept" }));
  const known: ServerRequestMethod = "attestation/generate";
  void known;
  return {
    "attestation/generate": () => ({ token: "a" }),
    "item/tool/call": async ({ tool, arguments: args }) => {
      holds<Equal<typeof tool, string>>();
      void args;
      return await Promise.resolve({ contentItems: [], success: true });
    },
  };
}

/** Only compiled, never run. */
export async function options(thread: Thread): Promise<TurnHandle> {
  const start: ThreadStartOptions = { sandbox: "readOnly", approvalMode: "ask", model: "gpt-5" };
  void start;
  // The result of an optional command-line flag can be passed on unchanged.
  const flags: { readonly bin?: string; readonly graceMs?: number } = {};
  const client: CodexOptions = { codexBin: flags.bin, clientName: flags.bin, env: undefined };
  const rest: CodexOptions = {
    connect: undefined,
    handlers: undefined,
    closeGraceMs: flags.graceMs,
  };
  void [client, rest];
  // @ts-expect-error -- the protocol's word is not a preset
  const raw: ThreadStartOptions = { sandbox: "read-only" };
  void raw;
  // @ts-expect-error -- presets fill these in
  const policy: TurnOptions = { approvalPolicy: "never" };
  void policy;
  const result = await thread.run("hi", { effort: "high", outputSchema: { type: "object" } });
  holds<Equal<typeof result, TurnResult>>();
  holds<Equal<typeof result.finalResponse, string | null>>();
  // @ts-expect-error -- results are read-only
  result.finalResponse = "";
  // @ts-expect-error -- no such input
  await thread.run({ type: "video", url: "x" });
  const turn = await thread.turn(["hi", { type: "localImage", path: "/a" }]);
  for await (const event of turn) holds<Equal<typeof event, ServerNotification>>();
  for await (const piece of turn.textStream()) holds<Equal<typeof piece, string>>();
  return turn;
}

test("ServerNotification, Codex.request and handlers are typed by their method", () => {
  // The compiler checks the types above; this keeps them from being removed unnoticed.
  assert([narrowing, everyMethod, requests, listeners, handlers, options].length === 6);
});
