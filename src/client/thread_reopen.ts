/** Reloads threads that the server has unloaded, when they are needed. */
import { ThreadClosedError, ThreadNotFoundError } from "../errors/thread_errors.ts";
import { RequestTimeoutError } from "../errors/transport_errors.ts";
import type { ClientMethod, ClientParams, ClientResult } from "../generated/client_requests.ts";
import type { SandboxPolicy, ThreadSettingsUpdateParams } from "../generated/types.ts";
import type { RequestOptions } from "../protocol/connection.ts";
import { abortable } from "../util/abortable.ts";
import { canonicalJson } from "../util/canonical_json.ts";
import { waitAtMost } from "../util/timer.ts";
import { checkReply } from "./check_reply.ts";
import type { ClientContext } from "./client_context.ts";
import type { OpenedThread, ThreadState } from "./threads/thread_state.ts";
import { cancelLateResult } from "./cancel_late_result.ts";

/**
 * Sends a request that needs its thread loaded. Resumes the thread first if the server is known to have unloaded it;
 * resumes it and retries once if the server replies that it does not know the thread.
 *
 * @throws {ThreadClosedError} if the handle is closed, or gets closed in the meantime; anything started is then cancelled
 * @throws {ThreadNotFoundError} if the thread cannot be resumed
 */
export async function requestLoaded<M extends ClientMethod>(
  context: ClientContext,
  method: M,
  params: ClientParams<M> & { readonly threadId: string },
  options: RequestOptions<ClientResult<M>>,
): Promise<ClientResult<M>> {
  const send = (): Promise<ClientResult<M>> => context.request(method, params, options);
  const state = context.sessions.get(params.threadId)?.state;
  if (state === undefined) {
    context.connection.assertOpen();
    throw new ThreadClosedError(params.threadId, "it was closed");
  }
  const result = await whileLoaded(context, state, options, send);
  if (state.ended) {
    // Closed before the reply arrived: no caller can receive what was started.
    void cancelLateResult(context, method, params)?.(result);
    state.assertUsable();
  }
  return result;
}

async function whileLoaded<Result>(
  context: ClientContext,
  state: ThreadState,
  limits: Pick<RequestOptions, "signal" | "timeoutMs">,
  send: () => Promise<Result>,
): Promise<Result> {
  state.assertUsable();
  if (!state.unloaded) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof ThreadNotFoundError) || state.ephemeral) throw error;
    }
  }
  await reopened(context, state, limits);
  return await send();
}

/** Waits until the thread is loaded again. Concurrent callers share one request, each with its own limits. */
async function reopened(
  context: ClientContext,
  state: ThreadState,
  { signal, timeoutMs = 0 }: Pick<RequestOptions, "signal" | "timeoutMs">,
): Promise<void> {
  state.reopening ??= reopen(context, state).finally(() => state.reopening = undefined);
  const done = await waitAtMost(abortable(state.reopening, signal), timeoutMs);
  if (done === undefined) throw new RequestTimeoutError("thread/resume", timeoutMs);
}

async function reopen(context: ClientContext, state: ThreadState): Promise<true> {
  const { id: threadId, config, settings } = state;
  const opened = await context.request("thread/resume", {
    threadId,
    excludeTurns: true,
    ...(config == null ? {} : { config }),
  });
  checkReply("thread/resume", opened, "thread.id");
  state.refresh(await keepSandbox(context, opened, settings.sandbox));
  return true;
}

/**
 * Gives a reopened or forked thread the sandbox that it had (`thread/settings/update`), and returns the reply with it: the
 * server stores no workspace sandbox, and would apply that of the configuration, which may be weaker.
 */
export async function keepSandbox(
  context: ClientContext,
  opened: OpenedThread,
  sandbox: SandboxPolicy | undefined,
  request: Pick<RequestOptions, "signal" | "timeoutMs"> = {},
): Promise<OpenedThread> {
  if (sandbox == null || canonicalJson(opened.sandbox ?? null) === canonicalJson(sandbox)) {
    return opened;
  }
  const update = { threadId: opened.thread.id, sandboxPolicy: sandbox };
  await context.request("thread/settings/update", update as ThreadSettingsUpdateParams, request);
  return { ...opened, sandbox };
}
