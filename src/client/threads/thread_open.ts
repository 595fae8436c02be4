/** Opens new and stored threads. */
import type {
  ThreadForkParams,
  ThreadResumeParams,
  ThreadResumeResponse,
  ThreadStartParams,
} from "../../generated/types.ts";
import { abortable } from "../../util/abortable.ts";
import { FORK_OPTIONS, RESUME_OPTIONS, START_OPTIONS } from "../agent_options.ts";
import { type CallOptions, checkId } from "../call_options.ts";
import { cancelLateResult } from "../cancel_late_result.ts";
import { checkPaths } from "../check_paths.ts";
import { checkField, checkObject, checkReply } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import { checkCallOptions, withExtraParams } from "../option_names.ts";
import { keepSandbox } from "../thread_reopen.ts";
import { ApprovalMode, approvalParams, sandboxConfig, sandboxMode } from "../presets.ts";
import { asksClient, warnUnreachableHandlers } from "../requests/unreachable_handlers.ts";
import type { HistoryCut } from "../session/thread_usage.ts";
import { HandlerScope } from "../requests/handler_scope.ts";
import { type RequestHandlerOptions, splitHandlers } from "../requests/handler_options.ts";
import { Thread } from "./thread.ts";
import type { ServedTools } from "../tools/tool_call.ts";
import type { ToolSet } from "../tools/tool_set.ts";
import type {
  ThreadForkOptions,
  ThreadOpenOptions,
  ThreadResumeOptions,
  ThreadStartOptions,
} from "./thread_options.ts";
import {
  applySettings,
  fixedSettings,
  ignoredSettings,
  refuseFixed,
  type RequestedSettings,
} from "./thread_settings.ts";
import type { OpenedThread } from "./thread_state.ts";
import { ofStored } from "./thread_store.ts";

/** Starts a new thread. */
export async function startThread(
  context: ClientContext,
  options: ThreadStartOptions,
): Promise<Thread> {
  const { params, config, request, tools, handlers } = await split(
    "threadStart()",
    options,
    START_OPTIONS,
    context,
  );
  await checkPaths(context, params, request);
  const own = tools?.specs ?? [];
  if (own.length > 0) await tools?.assertSupported(context, request);
  const start = own.length === 0
    ? params
    : { ...params, dynamicTools: [...params.dynamicTools ?? [], ...own] };
  const opened = await context.request("thread/start", start, request).catch((error) => {
    throw tools?.refusal(error) ?? error;
  });
  checkReply("thread/start", opened, "thread.id");
  return hold(context, opened, params, { config, tools, handlers });
}

/** Opens a stored thread, or returns the handle if it is already open. The history stays on the server. */
export async function resumeThread(
  context: ClientContext,
  threadId: string,
  options: ThreadResumeOptions,
): Promise<Thread> {
  checkId("thread", threadId);
  const { params, sandbox, config, request, tools, handlers, includeTurns } = await split(
    "threadResume()",
    options,
    RESUME_OPTIONS,
  );
  request.signal?.throwIfAborted();
  await checkPaths(context, params, request);
  const { sessions } = context;
  const closing = sessions.get(threadId)?.state?.closing;
  if (closing !== undefined) await abortable(closing, request.signal);
  const asked: RequestedSettings = { params: { ...params, config }, sandbox };
  const state = sessions.get(threadId)?.state;
  const isLoaded = state?.ended === false && !state.unloaded;
  if (isLoaded) refuseFixed(threadId, asked, state.settings, state.fixed);
  const end = sessions.of(threadId).opening();
  let opened: ThreadResumeResponse | undefined;
  let failed: ThreadResumeResponse | undefined;
  try {
    const resume: ThreadResumeParams = { ...params, threadId, excludeTurns: !includeTurns };
    const opening = context.request("thread/resume", resume, request);
    opened = await ofStored(context, threadId, opening);
    checkReply("thread/resume", opened, "thread.id");
    if (includeTurns) checkField("thread/resume", opened, "thread.turns", Array.isArray);
    const given = { config, tools, handlers, includeTurns };
    let missing = asked;
    if (!isLoaded) {
      const ignored = ignoredSettings(opened, asked);
      if (ignored.length === 0) {
        // A handle that the server has unloaded the thread of is still held here, such as after an archive.
        const before = state?.ended === false ? state.settings.sandbox : undefined;
        const kept = isSandboxGiven(params, sandbox)
          ? opened
          : await keepSandbox(context, opened, before, request);
        return hold(context, kept, params, given);
      }
      // The server knows a tier by several names: the reply may have another although it was applied.
      if (ignored.length === 1 && ignored[0] === "serviceTier") {
        missing = { params: { serviceTier: params.serviceTier }, sandbox: undefined };
      } else refuseFixed(threadId, asked, opened); // another client has loaded the thread
    }
    const limits = { kept: state?.policies, request };
    const applied = await applySettings(context, opened, missing, limits);
    return hold(context, applied, params, given);
  } catch (error) {
    failed = opened;
    throw error;
  } finally {
    end();
    // The reply has subscribed this client; a handle may need that.
    if (failed !== undefined) {
      void cancelLateResult(context, "thread/resume", { threadId })?.(failed);
    }
  }
}

/** Opens a new thread that starts with the history of another. The history stays on the server. */
export async function forkThread(
  context: ClientContext,
  threadId: string,
  options: ThreadForkOptions,
): Promise<Thread> {
  checkId("thread", threadId);
  const { params, sandbox, config, request, handlers, tools, includeTurns } = await split(
    "threadFork()",
    options,
    FORK_OPTIONS,
  );
  await checkPaths(context, params, request);
  const { tools: { set } = {}, settings } = context.sessions.get(threadId)?.state ?? {};
  const fork = { ...params, threadId, excludeTurns: !includeTurns } as ThreadForkParams;
  const opening = context.request("thread/fork", fork, request);
  const opened = await ofStored(context, threadId, opening);
  checkReply("thread/fork", opened, "thread.id");
  if (includeTurns) checkField("thread/fork", opened, "thread.turns", Array.isArray);
  // The server counts on from the end of the forked history, and does not report it.
  const { usage } = context.sessions.get(threadId) ?? {};
  if (usage !== undefined) {
    context.sessions.of(opened.thread.id).usage.continueFrom(usage, cutOf(fork));
  }
  const kept = isSandboxGiven(params, sandbox)
    ? opened
    : await keepSandbox(context, opened, settings?.sandbox, request);
  return hold(context, kept, params, { config, tools: tools ?? set, handlers, includeTurns });
}

function isSandboxGiven({ config }: ThreadStartParams, sandbox: unknown): boolean {
  return sandbox != null || config?.sandbox_mode !== undefined;
}

/** Where a fork cuts the history; `undefined` if it keeps all turns of the thread. */
function cutOf(fork: ThreadForkParams): HistoryCut | undefined {
  const { lastTurnId, beforeTurnId, path } = fork as Record<string, unknown>;
  if (path != null) return {}; // another history
  return (lastTurnId ?? beforeTurnId) == null ? undefined : { lastTurnId, beforeTurnId };
}

/** Unarchives a thread and opens it. */
export async function unarchiveThread(
  context: ClientContext,
  threadId: string,
  options: CallOptions,
): Promise<Thread> {
  checkCallOptions("threadUnarchive()", options);
  checkId("thread", threadId);
  const { signal, timeoutMs } = options;
  const limits = { signal, timeoutMs };
  checkObject(
    "thread/unarchive",
    await context.request("thread/unarchive", { threadId }, limits),
  );
  return await resumeThread(context, threadId, limits);
}

function hold(
  context: ClientContext,
  opened: OpenedThread,
  params: ThreadStartParams,
  { config, tools, handlers, includeTurns = false }: {
    /** The caller's configuration. */
    readonly config: ThreadOpenOptions["config"];
    readonly tools: ServedTools | undefined;
    readonly handlers: RequestHandlerOptions;
    readonly includeTurns?: boolean;
  },
): Thread {
  context.connection.assertOpen(); // the reply may be handled after the connection has ended
  const session = context.sessions.of(opened.thread.id);
  const { ended = true, unloaded } = session.state ?? {};
  const thread = session.attach(opened, params.config, (state) => new Thread(state, context));
  // A thread that was loaded has those that it was loaded with.
  if (session.state !== undefined && (ended || unloaded)) {
    session.state.fixed = fixedSettings({ ...params, config });
  }
  if (session.state !== undefined && includeTurns) session.state.initialTurns = opened.thread.turns;
  const level = session.state?.handlers;
  level?.configure(handlers);
  // Do not warn about an explicit mode that never asks. A mode that asks may have no effect: a loaded thread keeps its own.
  const deciding = level === undefined ? [] : [level, context.requests.client];
  if (asksClient(params)) warnUnreachableHandlers(context, thread.id, deciding);
  tools?.serve(context, thread);
  return thread;
}

/** `ask` if an approval handler or a policy is set, else `autoReview`. */
function defaultMode(context: ClientContext, handlers: RequestHandlerOptions): ApprovalMode {
  const given = new HandlerScope();
  given.configure(handlers);
  const isDecided = given.decidesApprovals || context.requests.client.decidesApprovals;
  return isDecided ? ApprovalMode.ask : ApprovalMode.autoReview;
}

function configOf(config: unknown): { readonly config?: unknown } {
  return config === undefined ? {} : { config };
}

/** Separates the params for the server from the options of the call. `ofNew`, set for a new thread, applies the default mode. */
async function split<
  Options extends ThreadOpenOptions & {
    readonly extraParams?: unknown;
    readonly includeTurns?: boolean | undefined;
  },
>(
  of: string,
  options: Options,
  known: Readonly<Record<string, true>>,
  ofNew?: ClientContext,
): Promise<{
  readonly params: ThreadStartParams;
  readonly sandbox: ThreadOpenOptions["sandbox"];
  /** The caller's configuration, without what belongs to the sandbox. */
  readonly config: ThreadOpenOptions["config"];
  readonly request: Pick<ThreadOpenOptions, "signal" | "timeoutMs">;
  readonly tools: ToolSet | undefined;
  readonly handlers: RequestHandlerOptions;
  readonly includeTurns: boolean;
}> {
  const [handlers, others] = splitHandlers(of, options);
  const {
    approvalMode,
    sandbox,
    signal,
    timeoutMs,
    tools,
    includeTurns = false,
    ...fields
  } = withExtraParams(of, others, known);
  if (typeof includeTurns !== "boolean") {
    throw new TypeError(
      `"includeTurns" must be true or false, got ${JSON.stringify(includeTurns)}`,
    );
  }
  const params = {
    ...fields,
    ...approvalParams(approvalMode ?? (ofNew && defaultMode(ofNew, handlers))),
    ...(sandbox == null ? {} : {
      sandbox: sandboxMode(sandbox),
      ...configOf(sandboxConfig(sandbox, fields.config)),
    }),
  } as ThreadStartParams;
  return {
    params,
    sandbox,
    config: fields.config,
    request: { signal, timeoutMs },
    tools: tools === undefined
      ? undefined
      : new (await import("../tools/tool_set.ts")).ToolSet(tools),
    handlers,
    includeTurns,
  };
}
