/** Opens threads: new ones and stored ones. */
import type { ThreadResumeParams, ThreadStartParams } from "../generated/types.ts";
import { checkCallOptions } from "./check_call_options.ts";
import type { ClientContext } from "./client_context.ts";
import { ApprovalMode, approvalParams, type Sandbox, sandboxMode } from "./presets.ts";
import { Thread } from "./thread.ts";
import type { WireOptions } from "./wire_options.ts";

/** What opening a thread takes beside the wire's own fields. */
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

/** Starts a new thread. */
export async function startThread(
  context: ClientContext,
  options: ThreadStartOptions,
): Promise<Thread> {
  const { params, request } = split(options, ApprovalMode.autoReview);
  const { thread, ...settings } = await context.request("thread/start", params, request);
  return new Thread(thread.id, settings, context);
}

/** Opens a stored thread; its history stays on the server. */
export async function resumeThread(
  context: ClientContext,
  threadId: string,
  options: ThreadResumeOptions,
): Promise<Thread> {
  if (typeof threadId !== "string" || threadId === "") {
    throw new TypeError(
      `The id of a thread must be a text that is not empty, got ${JSON.stringify(threadId)}`,
    );
  }
  const { params, request } = split(options, undefined);
  const { thread, ...settings } = await context.request(
    "thread/resume",
    { ...params, threadId, excludeTurns: true },
    request,
  );
  return new Thread(thread.id, settings, context);
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
