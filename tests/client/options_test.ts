/** Unknown options are refused, and every option and field of the protocol is accounted for. */
import type {
  CallOptions,
  ThreadForkOptions,
  ThreadListOptions,
  ThreadResumeOptions,
  ThreadSearchOptions,
  ThreadStartOptions,
  TurnOptions,
} from "../../mod.ts";
import type {
  GetAccountParams,
  GetAccountRateLimitsParams,
  GetAccountTokenUsageParams,
  LoginAccountParams,
  ThreadForkParams,
  ThreadItemsListParams,
  ThreadListParams,
  ThreadResumeParams,
  ThreadSearchParams,
  ThreadStartParams,
  ThreadTurnsListParams,
  TurnStartParams,
} from "../../protocol.ts";
import type {
  AccountOptions,
  ChatgptLoginOptions,
  RateLimitsOptions,
  SdkField,
  ThreadItemsOptions,
  ThreadTurnsOptions,
  UsageOptions,
} from "../../types.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { count, finish, open, reasonOf } from "./_fixture.ts";

/** Compiles only for the type `never`. */
function none<_Names extends never>(): void {}

/** Fields of the protocol left to `extraParams`: experimental, internal, or for other clients. */
type ExtraStartFields =
  | "allowProviderModelFallback"
  | "daybreakEnabled"
  | "environments"
  | "experimentalRawEvents"
  | "historyMode"
  | "mockExperimentalField"
  | "multiAgentMode"
  | "permissions"
  | "projectId"
  | "runtimeWorkspaceRoots"
  | "selectedCapabilityRoots";
type ExtraResumeFields =
  | "history"
  | "initialTurnsPage"
  | "path"
  | "permissions"
  | "runtimeWorkspaceRoots";
type ExtraForkFields =
  | "attachToSource"
  | "deferGoalContinuation"
  | "experimentalDisablePredictionMcp"
  | "experimentalPredictionMode"
  | "path"
  | "permissions"
  | "runtimeWorkspaceRoots";
type ExtraTurnFields =
  | "additionalContext"
  | "collaborationMode"
  | "cyberAccessProgram"
  | "environments"
  | "multiAgentMode"
  | "parentTurnId"
  | "permissions"
  | "responsesapiClientMetadata"
  | "responsesapiClientMetadataPatch"
  | "rootTurnId"
  | "runtimeWorkspaceRoots";
/** Experimental, except `originators`, which the server refuses unless it is hosted. */
type ExtraListFields =
  | "ancestorThreadId"
  | "attachedToThreadId"
  | "includeAttachedThreads"
  | "originators"
  | "parentThreadId"
  | "projectId";
type ExtraSearchFields = "includeAttachedThreads";
type ExtraRateLimitsFields = "supportsLunaReserve";

type BrowserLoginParams = Extract<LoginAccountParams, { type: "chatgpt" }>;

/** Unaccounted fields: neither an option, nor set by the SDK, nor left to `extraParams`. */
type Unplaced<Params, Options, Extra> = Exclude<keyof Params, keyof Options | SdkField | Extra>;

/** Options whose type differs from that of their protocol field. */
type Mismatched<Params, Options> = {
  [Name in keyof Params & keyof Options]-?: [
    Exclude<Options[Name], undefined>,
  ] extends [Readonly<Params[Name]>]
    ? [Exclude<Params[Name], undefined>] extends [Options[Name]] ? never : Name
    : Name;
}[keyof Params & keyof Options];

/** Options that are neither limits of the call, nor the escape, nor a field of the protocol. */
type Invented<Params, Options> = Exclude<
  keyof Options,
  keyof Params | keyof CallOptions | "extraParams"
>;

/** Only compiled: a new field of the protocol does not compile until it is listed here or is an option. */
export function everyFieldHasAPlace(): void {
  none<Unplaced<ThreadStartParams, ThreadStartOptions, ExtraStartFields>>();
  none<Unplaced<ThreadResumeParams, ThreadResumeOptions, ExtraResumeFields>>();
  none<Unplaced<ThreadForkParams, ThreadForkOptions, ExtraForkFields>>();
  none<Unplaced<TurnStartParams, TurnOptions, ExtraTurnFields>>();
  none<Unplaced<ThreadListParams, ThreadListOptions, ExtraListFields>>();
  none<Unplaced<ThreadSearchParams, ThreadSearchOptions, ExtraSearchFields>>();
  none<Unplaced<ThreadTurnsListParams, ThreadTurnsOptions, never>>();
  none<Unplaced<ThreadItemsListParams, ThreadItemsOptions, never>>();
  none<Unplaced<GetAccountParams, AccountOptions, never>>();
  none<Unplaced<GetAccountRateLimitsParams, RateLimitsOptions, ExtraRateLimitsFields>>();
  none<Unplaced<GetAccountTokenUsageParams, UsageOptions, never>>();
  none<Unplaced<BrowserLoginParams, ChatgptLoginOptions, "type">>();
  none<Exclude<ExtraStartFields, keyof ThreadStartParams>>();
  none<Exclude<ExtraResumeFields, keyof ThreadResumeParams>>();
  none<Exclude<ExtraForkFields, keyof ThreadForkParams>>();
  none<Exclude<ExtraTurnFields, keyof TurnStartParams>>();
  none<Exclude<ExtraListFields, keyof ThreadListParams>>();
  none<Exclude<ExtraSearchFields, keyof ThreadSearchParams>>();
  none<Exclude<ExtraRateLimitsFields, keyof GetAccountRateLimitsParams>>();
  none<Invented<ThreadListParams, ThreadListOptions>>();
  none<Invented<ThreadSearchParams, ThreadSearchOptions>>();
  none<Invented<ThreadTurnsListParams, ThreadTurnsOptions>>();
  none<Invented<ThreadItemsListParams, ThreadItemsOptions>>();
  none<Invented<GetAccountParams, AccountOptions>>();
  none<Invented<GetAccountRateLimitsParams, RateLimitsOptions>>();
  none<Invented<GetAccountTokenUsageParams, UsageOptions>>();
  none<Invented<BrowserLoginParams, ChatgptLoginOptions>>();
}

/** Only compiled: the options have the types of the protocol; `dynamicTools` may be read-only. */
export function optionsMatchTheProtocol(): void {
  none<Mismatched<Omit<ThreadStartParams, SdkField | "dynamicTools">, ThreadStartOptions>>();
  none<Mismatched<Omit<ThreadResumeParams, SdkField>, ThreadResumeOptions>>();
  none<Mismatched<Omit<ThreadForkParams, SdkField>, ThreadForkOptions>>();
  none<Mismatched<Omit<TurnStartParams, SdkField>, TurnOptions>>();
  none<Mismatched<ThreadListParams, ThreadListOptions>>();
  none<Mismatched<ThreadSearchParams, ThreadSearchOptions>>();
  none<Mismatched<ThreadTurnsListParams, ThreadTurnsOptions>>();
  none<Mismatched<ThreadItemsListParams, ThreadItemsOptions>>();
  none<Mismatched<GetAccountParams, AccountOptions>>();
  none<Mismatched<GetAccountRateLimitsParams, RateLimitsOptions>>();
  none<Mismatched<GetAccountTokenUsageParams, UsageOptions>>();
  none<Mismatched<BrowserLoginParams, ChatgptLoginOptions>>();
}

/** Only compiled, never run. */
export function wrongOptions(): void {
  const effort: TurnOptions = { effort: "one-of-tomorrow" };
  const extra: ThreadStartOptions = { extraParams: { historyMode: "legacy", fieldOfTomorrow: 1 } };
  // @ts-expect-error -- a known field keeps its type
  const wrong: ThreadStartOptions = { extraParams: { historyMode: 5 } };
  // @ts-expect-error -- an experimental field is not among the options
  const mock: ThreadStartOptions = { mockExperimentalField: "x" };
  // @ts-expect-error -- the output of a tool is not an option of a turn with an input
  const output: TurnOptions = { toolOutput: { name: "x", output: "y" } };
  // @ts-expect-error -- an experimental field is not among the options of a list
  const list: ThreadListOptions = { parentThreadId: "thread-1" };
  void [effort, extra, wrong, mock, output, list];
}

const FOREIGN: readonly (readonly [Record<string, unknown>, string])[] = [
  [{ approvalPolicy: "never" }, '"approvalPolicy" of threadStart(): use "approvalMode"'],
  [{ sandboxMode: "read-only" }, 'use "sandbox" ("readOnly", "workspace" or "fullAccess")'],
  [{ workingDirectory: "/x" }, 'use "cwd"'],
  [{ modelReasoningEffort: "low" }, 'use "effort" of run() and turn()'],
  [{ effort: "low" }, "it is an option of run() and turn()"],
  [
    { networkAccessEnabled: true },
    'use "sandbox", such as { type: "workspaceWrite", networkAccess: true }',
  ],
  [{ timeout: 3 }, 'use "timeoutMs"'],
  [{ developer_instructions: "x" }, 'did you mean "developerInstructions"?'],
  [{ modle: "x" }, 'did you mean "model"?'],
  [{ mockExperimentalField: "x" }, 'go into "extraParams"'],
];

test("Codex.threadStart refuses options that do not exist, by name and with the remedy, before anything is sent [R-93]", async () => {
  assert(typeof everyFieldHasAPlace === "function");
  await using fixture = await open();
  const { codex, server } = fixture;
  for (const [options, remedy] of FOREIGN) {
    const error = await reasonOf(codex.threadStart(options as ThreadStartOptions));
    assertInstanceOf(error, TypeError);
    assertStringIncludes(error.message, remedy);
  }
  assertEquals(count(server, "thread/start"), 1); // that of the fixture
});

test("Codex.threadResume, threadFork, Thread.run and turn refuse options that do not exist [R-93]", async () => {
  await using fixture = await open();
  const { codex, thread, server } = fixture;
  const given = { aproval_mode: "denyAll" } as never;
  const calls = {
    "threadResume()": codex.threadResume("thread-1", given),
    "threadFork()": codex.threadFork("thread-1", given),
    "run() and turn()": thread.run("hi", given),
    "turn()": thread.turn("hi", given),
    " turn()": thread.run("hi", { goal: true, ...(given as object) }),
  };
  for (const [of, call] of Object.entries(calls)) {
    const error = await reasonOf(call);
    assertInstanceOf(error, TypeError);
    assertStringIncludes(error.message, `${of}: did you mean "approvalMode"?`);
  }
  const output = await reasonOf(thread.turn([], { toolOutput: {} } as never));
  assertInstanceOf(output, TypeError);
  assertStringIncludes(output.message, "use externalMessage(...)");
  assertEquals(["thread/resume", "thread/fork", "turn/start"].map((one) => count(server, one)), [
    0,
    0,
    0,
  ]);
});

test("extraParams are sent along with the options, and cannot replace one [R-93]", async () => {
  await using fixture = await open();
  const { codex, thread, server } = fixture;
  await codex.threadStart({ model: "m", extraParams: { historyMode: "legacy", tomorrow: 1 } });
  const starts = server.received.filter(({ method }) => method === "thread/start");
  assertEquals(starts[1]?.params, {
    historyMode: "legacy",
    tomorrow: 1,
    model: "m",
    approvalPolicy: "on-request",
    approvalsReviewer: "auto_review",
  });
  const unset = { notThere: undefined } as object;
  await finish(server, await thread.turn("hi", { ...unset, extraParams: { rootTurnId: "r" } }));
  const { params } = await server.nextRequest("turn/start");
  assertEquals([params.rootTurnId, "extraParams" in params], ["r", false]);
  for (const name of ["model", "approvalPolicy", "input", "signal"]) {
    const error = await reasonOf(thread.run("hi", { extraParams: { [name]: "x" } } as TurnOptions));
    assertInstanceOf(error, TypeError);
    assertStringIncludes(
      error.message,
      `"extraParams" of run() and turn() cannot have "${name}": `,
    );
  }
  const list = await reasonOf(thread.run("hi", { extraParams: [] as never }));
  assertInstanceOf(list, TypeError);
});

test("The lists and rateLimits() refuse experimental fields outside of extraParams, and there what they fill in [R-93]", async () => {
  await using fixture = await open();
  const { codex, thread, server } = fixture;
  const sent = server.received.length;
  const refused: readonly (readonly [() => Promise<unknown>, string])[] = [
    [() => codex.threadList({ parentThreadId: "a" } as never), 'go into "extraParams"'],
    [() => codex.threads({ originators: ["a"] } as never).next(), 'go into "extraParams"'],
    [() => codex.threads({ srotKey: "created_at" } as never).next(), 'did you mean "sortKey"?'],
    [() => codex.rateLimits({ supportsLunaReserve: true } as never), 'go into "extraParams"'],
    [() => thread.turns({ turnId: "a" } as never).next(), "the options are "],
    [() => codex.threadList({ extraParams: { cursor: "a" } }), "an option of its own"],
    [() => codex.threads({ extraParams: { limit: 1 } }).next(), "an option of its own"],
    [
      () => codex.search.threads("a", { extraParams: { searchTerm: "b" } }).next(),
      "first argument",
    ],
    [
      () => codex.search.threads("a", { extraParams: { cursor: "b" } }).next(),
      "every page is read",
    ],
  ];
  for (const [call, remedy] of refused) {
    await assertRejects(async () => await call(), TypeError, remedy);
  }
  assertEquals(server.received.length, sent);

  server.on("thread/list", () => ({ data: [], nextCursor: null }));
  server.on("thread/search/stream", () => ({ data: [], nextCursor: null }));
  server.on("account/rateLimits/read", () => ({ rateLimits: {} }));
  const extraParams = { parentThreadId: "a", fieldOfTomorrow: 1 };
  await codex.threadList({ limit: 1, extraParams });
  await codex.threads({ extraParams }).next();
  await codex.search.threads("x", { extraParams: { includeAttachedThreads: true } }).next();
  await codex.rateLimits({ extraParams: { supportsLunaReserve: true } });
  assertEquals(server.received.slice(sent).map(({ params }) => params), [
    { limit: 1, ...extraParams },
    extraParams,
    { sortKey: "updated_at", searchTerm: "x", includeAttachedThreads: true },
    { supportsLunaReserve: true },
  ]);
});
