/** Options for opening threads, declared by hand: each is documented and names its protocol field. */
import type {
  DynamicToolSpec,
  JsonValue,
  Personality,
  ThreadForkParams,
  ThreadResumeParams,
  ThreadStartParams,
  ThreadStartSource,
} from "../../generated/types.ts";
import type { CallOptions } from "../call_options.ts";
import type { ExtraParams, SdkField } from "../option_names.ts";
import type { ApprovalMode, Sandbox } from "../presets.ts";
import type { RequestHandlerOptions } from "../requests/handler_options.ts";
import type { ThreadTool } from "../tools/tool.ts";

/**
 * Options that starting, resuming and forking a thread have in common.
 *
 * @example
 * ```ts
 * import { ApprovalMode, Sandbox } from "@codex-app-server/sdk";
 * import type { ThreadOpenOptions } from "@codex-app-server/sdk/types";
 *
 * const careful: ThreadOpenOptions = {
 *   approvalMode: ApprovalMode.denyAll,
 *   sandbox: Sandbox.readOnly,
 * };
 * ```
 */
export interface ThreadOpenOptions extends RequestHandlerOptions, CallOptions {
  /**
   * Id of the model (`model`), one of `Codex.models()`. Defaults to the server's configuration, or to what the stored
   * thread has.
   */
  readonly model?: string | null | undefined;
  /** Id of the model's provider in the server's configuration (`modelProvider`). Defaults to that configuration. */
  readonly modelProvider?: string | null | undefined;
  /** Service tier of the model requests (`serviceTier`), such as `"fast"`. Defaults to the server's configuration. */
  readonly serviceTier?: string | null | undefined;
  /**
   * Working directory of the agent on the server's machine (`cwd`). Defaults to the server's, or to what the stored
   * thread has.
   */
  readonly cwd?: string | null | undefined;
  /**
   * Settings of `config.toml` for this thread only (`config`), by key or dotted key.
   *
   * @default {{}}
   */
  readonly config?: { readonly [key in string]?: JsonValue } | null | undefined;
  /** Replaces the instructions that Codex sends to the model (`baseInstructions`). Defaults to the model's. */
  readonly baseInstructions?: string | null | undefined;
  /**
   * Instructions in addition to those of Codex (`developerInstructions`): the usual place for a system prompt. Defaults to
   * those of the server's configuration.
   */
  readonly developerInstructions?: string | null | undefined;
  /**
   * Who decides about what the sandbox does not allow (`approvalPolicy` and `approvalsReviewer`). Defaults to `"ask"` for a
   * new thread if it or the client has an approval handler or a policy, else to `"autoReview"`; a stored thread stays as it
   * is.
   */
  readonly approvalMode?: ApprovalMode | null | undefined;
  /**
   * What commands may access (`sandbox`, and `config` for network access and other writable folders). With `cwd`,
   * `"workspace"` permanently makes a git repository a **trusted project**. Defaults to the server's configuration, or to
   * what the stored thread has; the server does not store `"workspace"`.
   */
  readonly sandbox?: Sandbox | null | undefined;
  /**
   * Tools that run in this program when the model calls them (`dynamicTools`). A new thread keeps their names, descriptions
   * and schemas for good. On a resumed or forked thread they serve the tools it was started with, by name; a fork of a
   * thread that is open here uses that thread's tools by default.
   */
  readonly tools?: readonly ThreadTool[] | undefined;
}

/**
 * Options of a new thread (`thread/start`).
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
export interface ThreadStartOptions extends ThreadOpenOptions {
  /** Tone of the model's answers (`personality`). Defaults to the server's configuration. */
  readonly personality?: Personality | null | undefined;
  /**
   * Whether the thread is kept in memory only (`ephemeral`): it is in no list and cannot be resumed.
   *
   * @default {false}
   */
  readonly ephemeral?: boolean | null | undefined;
  /** Name of the service that the thread belongs to (`serviceName`), for the server's metrics. */
  readonly serviceName?: string | null | undefined;
  /**
   * What hooks see as the source of the session (`sessionStartSource`).
   *
   * @default {"startup"}
   */
  readonly sessionStartSource?: ThreadStartSource | null | undefined;
  /** Who started the thread (`threadSource`), for the server's metrics, such as `"user"`. */
  readonly threadSource?: string | null | undefined;
  /** Tools as the protocol has them (`dynamicTools`, experimental), whose calls a handler answers; see `tools`. */
  readonly dynamicTools?: readonly DynamicToolSpec[] | null | undefined;
  /** Fields of `thread/start` that the SDK has no option for. */
  readonly extraParams?:
    | ExtraParams<ThreadStartParams, SdkField | Exclude<keyof ThreadStartOptions, "extraParams">>
    | undefined;
}

/**
 * Options of a resumed thread (`thread/resume`); omitted ones keep the stored value. The server does not store a workspace
 * sandbox: for a thread that this client does not hold, the configuration decides unless `sandbox` is given again. Of a
 * thread that is loaded already, the options change the settings (`thread/settings/update`); `config`, `modelProvider`,
 * `baseInstructions` and `developerInstructions` are refused then.
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
export interface ThreadResumeOptions extends ThreadOpenOptions {
  /**
   * Includes the stored turns in the reply, for `Thread.initialTurns` (`excludeTurns`). They may be many megabytes;
   * `Thread.turns()` reads them page by page. The model has the whole conversation either way.
   *
   * @default {false}
   */
  readonly includeTurns?: boolean | undefined;
  /** Tone of the model's answers (`personality`). Defaults to what the stored thread has. */
  readonly personality?: Personality | null | undefined;
  /** Fields of `thread/resume` that the SDK has no option for. */
  readonly extraParams?:
    | ExtraParams<ThreadResumeParams, SdkField | Exclude<keyof ThreadResumeOptions, "extraParams">>
    | undefined;
}

/**
 * Options of a forked thread (`thread/fork`); omitted ones keep the value of the thread it comes from. The server does not
 * store a workspace sandbox: a fork keeps it if this client holds the thread; otherwise give `sandbox` again.
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
export interface ThreadForkOptions extends ThreadOpenOptions {
  /**
   * Includes the stored turns in the reply, for `Thread.initialTurns` (`excludeTurns`), as `threadResume()` does.
   *
   * @default {false}
   */
  readonly includeTurns?: boolean | undefined;
  /**
   * Whether the fork is kept in memory only (`ephemeral`): it is in no list and cannot be resumed.
   *
   * @default {false}
   */
  readonly ephemeral?: boolean | undefined;
  /** Who started the thread (`threadSource`), for the server's metrics, such as `"user"`. */
  readonly threadSource?: string | null | undefined;
  /** Id of the last turn that the fork keeps (`lastTurnId`). Defaults to the last turn of the thread. */
  readonly lastTurnId?: string | null | undefined;
  /** Id of the first turn that the fork does not keep (`beforeTurnId`, experimental); instead of `lastTurnId`. */
  readonly beforeTurnId?: string | null | undefined;
  /** Fields of `thread/fork` that the SDK has no option for. */
  readonly extraParams?:
    | ExtraParams<ThreadForkParams, SdkField | Exclude<keyof ThreadForkOptions, "extraParams">>
    | undefined;
}
