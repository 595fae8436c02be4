/** Opens threads: new ones and stored ones. */
import type {
  ThreadForkParams,
  ThreadResumeParams,
  ThreadStartParams,
} from "../../generated/types.ts";
import { abortable } from "../../util/abortable.ts";
import type { CallOptions } from "../call_options.ts";
import { checkCallOptions } from "../check_call_options.ts";
import { checkId } from "../check_id.ts";
import { checkReply } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import { ApprovalMode, approvalParams, type Sandbox, sandboxMode } from "../presets.ts";
import { Thread } from "./thread.ts";
import type { OpenedThread, ThreadConfig } from "./thread_state.ts";
import { ofStored } from "./thread_store.ts";
import type { WireOptions } from "../wire_options.ts";

/**
 * What opening a thread takes beside the wire's own fields.
 *
 * @example
 * ```ts
 * import { ApprovalMode, Sandbox, type ThreadOpenOptions } from "@codex-app-server/sdk";
 *
 * const careful: ThreadOpenOptions = {
 *   approvalMode: ApprovalMode.denyAll,
 *   sandbox: Sandbox.readOnly,
 * };
 * ```
 */
export interface ThreadOpenOptions {
  /** Who decides about what the sandbox does not allow. */
  readonly approvalMode?: ApprovalMode | null | undefined;
  /** What commands may touch; `"workspace"` makes the server trust the project in `cwd`. */
  readonly sandbox?: Sandbox | null | undefined;
  /** Gives the request up: it rejects with `signal.reason`; a thread that opens later is unsubscribed from. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the request rejects with `RequestTimeoutError`; 0 waits without a limit. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Options of a new thread, in the wire's own names; `approvalMode` is `autoReview` when left out.
 *
 * @example
 * ```ts
 * import { type Codex, Sandbox, type ThreadStartOptions } from "@codex-app-server/sdk";
 *
 * const options: ThreadStartOptions = { model: "gpt-5", sandbox: Sandbox.readOnly, timeoutMs: 10_000 };
 *
 * async function start(codex: Codex): Promise<string> {
 *   return (await codex.threadStart(options)).id;
 * }
 * ```
 */
export type ThreadStartOptions =
  & WireOptions<Omit<ThreadStartParams, "approvalPolicy" | "approvalsReviewer" | "sandbox">>
  & ThreadOpenOptions;

/**
 * Options of a resumed thread, in the wire's own names; what is left out stays as it was stored.
 *
 * @example
 * ```ts
 * import type { Codex, Thread } from "@codex-app-server/sdk";
 *
 * async function goOn(codex: Codex, threadId: string): Promise<Thread> {
 *   return await codex.threadResume(threadId, { approvalMode: "denyAll" });
 * }
 * ```
 */
export type ThreadResumeOptions =
  & WireOptions<
    Omit<
      ThreadResumeParams,
      "approvalPolicy" | "approvalsReviewer" | "sandbox" | "threadId" | "excludeTurns"
    >
  >
  & ThreadOpenOptions;

/**
 * Options of a forked thread, in the wire's own names; what is left out is as in the thread that it comes from.
 *
 * @example
 * ```ts
 * import type { Codex, Thread } from "@codex-app-server/sdk";
 *
 * async function tryOut(codex: Codex, thread: Thread): Promise<string | null> {
 *   const fork = await codex.threadFork(thread.id, { ephemeral: true, sandbox: "readOnly" });
 *   return (await fork.run("What if we did it the other way round?")).finalResponse;
 * }
 * ```
 */
export type ThreadForkOptions =
  & WireOptions<
    Omit<
      ThreadForkParams,
      "approvalPolicy" | "approvalsReviewer" | "sandbox" | "threadId" | "excludeTurns"
    >
  >
  & ThreadOpenOptions;

/** Starts a new thread. */
export async function startThread(
  context: ClientContext,
  options: ThreadStartOptions,
): Promise<Thread> {
  const { params, request } = split(options, ApprovalMode.autoReview);
  const opened = await context.request("thread/start", params, request);
  checkReply("thread/start", opened, "thread.id");
  return hold(context, opened, params.config);
}

/** Opens a stored thread, or gives the handle of one that is open; its history stays on the server. */
export async function resumeThread(
  context: ClientContext,
  threadId: string,
  options: ThreadResumeOptions,
): Promise<Thread> {
  checkId("thread", threadId);
  const { params, request } = split(options, undefined);
  request.signal?.throwIfAborted();
  const { threads } = context;
  const closing = threads.state(threadId)?.closing;
  if (closing !== undefined) await abortable(closing, request.signal);
  const end = threads.opening(threadId);
  try {
    const resume: ThreadResumeParams = { ...params, threadId, excludeTurns: true };
    const opening = context.request("thread/resume", resume, request);
    const opened = await ofStored(context, threadId, opening);
    checkReply("thread/resume", opened, "thread.id");
    return hold(context, opened, params.config);
  } finally {
    end();
  }
}

/** Opens a new thread that begins with the history of another; that stays on the server. */
export async function forkThread(
  context: ClientContext,
  threadId: string,
  options: ThreadForkOptions,
): Promise<Thread> {
  checkId("thread", threadId);
  const { params, request } = split(options, undefined);
  const fork = { ...params, threadId, excludeTurns: true } as ThreadForkParams;
  const opening = context.request("thread/fork", fork, request);
  const opened = await ofStored(context, threadId, opening);
  checkReply("thread/fork", opened, "thread.id");
  return hold(context, opened, params.config);
}

/** Takes a thread out of the archive and opens it. */
export async function unarchiveThread(
  context: ClientContext,
  threadId: string,
  options: CallOptions,
): Promise<Thread> {
  checkCallOptions(options);
  checkId("thread", threadId);
  const { signal, timeoutMs } = options;
  await context.request("thread/unarchive", { threadId }, { signal, timeoutMs });
  return await resumeThread(context, threadId, { signal, timeoutMs });
}

function hold(context: ClientContext, opened: OpenedThread, config: ThreadConfig): Thread {
  return context.threads.hold(opened, config, (state) => new Thread(state, context));
}

/** Tells what goes to the server from what concerns the request. */
function split<Options extends ThreadOpenOptions>(
  options: Options,
  defaultMode: ApprovalMode | undefined,
): {
  readonly params: ThreadStartParams;
  readonly request: Pick<ThreadOpenOptions, "signal" | "timeoutMs">;
} {
  checkCallOptions(options);
  const { approvalMode, sandbox, signal, timeoutMs, ...fields } = options;
  const params = {
    ...fields,
    ...approvalParams(approvalMode ?? defaultMode),
    ...(sandbox == null ? {} : { sandbox: sandboxMode(sandbox) }),
  } as ThreadStartParams;
  return { params, request: { signal, timeoutMs } };
}
