/** Unknown options are refused, and every option and field of the protocol is accounted for. */
import type {
  ThreadForkOptions,
  ThreadResumeOptions,
  ThreadStartOptions,
  TurnOptions,
} from "../../mod.ts";
import type {
  ThreadForkParams,
  ThreadResumeParams,
  ThreadStartParams,
  TurnStartParams,
} from "../../protocol.ts";
import type { SdkField } from "../../types.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
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

/** Unaccounted fields: neither an option, nor set by the SDK, nor left to `extraParams`. */
type Unplaced<Params, Options, Extra> = Exclude<keyof Params, keyof Options | SdkField | Extra>;

/** Options whose type differs from that of their protocol field. */
type Mismatched<Params, Options> = {
  [Name in Exclude<keyof Params & keyof Options, SdkField>]-?: [
    Exclude<Options[Name], undefined>,
  ] extends [Readonly<Params[Name]>]
    ? [Exclude<Params[Name], undefined>] extends [Options[Name]] ? never : Name
    : Name;
}[Exclude<keyof Params & keyof Options, SdkField>];

/** Only compiled: a new field of the protocol does not compile until it is listed here or is an option. */
export function everyFieldHasAPlace(): void {
  none<Unplaced<ThreadStartParams, ThreadStartOptions, ExtraStartFields>>();
  none<Unplaced<ThreadResumeParams, ThreadResumeOptions, ExtraResumeFields>>();
  none<Unplaced<ThreadForkParams, ThreadForkOptions, ExtraForkFields>>();
  none<Unplaced<TurnStartParams, TurnOptions, ExtraTurnFields>>();
  none<Exclude<ExtraStartFields, keyof ThreadStartParams>>();
  none<Exclude<ExtraResumeFields, keyof ThreadResumeParams>>();
  none<Exclude<ExtraForkFields, keyof ThreadForkParams>>();
  none<Exclude<ExtraTurnFields, keyof TurnStartParams>>();
}

/** Only compiled: the options have the types of the protocol; `dynamicTools` may be read-only. */
export function optionsMatchTheProtocol(): void {
  none<Mismatched<Omit<ThreadStartParams, "dynamicTools">, ThreadStartOptions>>();
  none<Mismatched<ThreadResumeParams, ThreadResumeOptions>>();
  none<Mismatched<ThreadForkParams, ThreadForkOptions>>();
  none<Mismatched<TurnStartParams, TurnOptions>>();
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
  void [effort, extra, wrong, mock, output];
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
