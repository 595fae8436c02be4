/** The client: one class over plain functions. It joins the protocol to the default transport. */
import { stdio } from "../transports/auto.ts";
import {
  type AccountOptions,
  logout,
  type RateLimitsOptions,
  readAccount,
  readRateLimits,
  readUsage,
  type UsageOptions,
} from "./client/account/account.ts";
import type { ChatgptLoginHandle, DeviceCodeLoginHandle } from "./client/account/login_handle.ts";
import {
  type ChatgptLoginOptions,
  type ChatgptTokensLoginOptions,
  loginWithApiKey,
  loginWithTokens,
  startChatgptLogin,
  startDeviceCodeLogin,
} from "./client/account/login.ts";
import type { CallOptions } from "./client/call_options.ts";
import type { ClientContext } from "./client/client_context.ts";
import { ClientCore } from "./client/client_core.ts";
import type { ClientOptions } from "./client/client_options.ts";
import type { EventStream } from "./client/events/live_stream.ts";
import type { NotificationListener, NotificationStreamOptions } from "./client/events/listeners.ts";
import type { ExecOptions } from "./client/exec/exec_options.ts";
import { ExecProcess } from "./client/exec/exec_process.ts";
import { FileSystem } from "./client/fs/file_system.ts";
import { listModels, type ModelsOptions } from "./client/models.ts";
import type { ServerRequestHandler } from "./client/requests/handler_scope.ts";
import type { RequestStream, RequestStreamOptions } from "./client/requests/request_inbox.ts";
import type { UserRequest, UserRequestKind } from "./client/requests/request_kinds.ts";
import type { Thread } from "./client/threads/thread.ts";
import {
  forkThread,
  resumeThread,
  startThread,
  unarchiveThread,
} from "./client/threads/thread_open.ts";
import type {
  ThreadForkOptions,
  ThreadResumeOptions,
  ThreadStartOptions,
} from "./client/threads/thread_options.ts";
import { searchThreads, type ThreadSearchOptions } from "./client/threads/thread_search.ts";
import {
  allThreads,
  archiveThread,
  deleteThread,
  listThreads,
  type ThreadListOptions,
} from "./client/threads/thread_store.ts";
import type { ClientMethod, ClientParams, ClientResult } from "./generated/client_requests.ts";
import type { NotificationMethod } from "./generated/notifications.ts";
import type { ServerRequestMethod } from "./generated/server_requests.ts";
import type {
  GetAccountRateLimitsResponse,
  GetAccountResponse,
  GetAccountTokenUsageResponse,
  Model,
  Thread as StoredThread,
  ThreadListResponse,
  ThreadSearchResult,
} from "./generated/types.ts";
import type { StdioOptions } from "./process/stdio.ts";
import type { RequestOptions } from "./protocol/connection.ts";
import type { ServerMetadata } from "./protocol/metadata.ts";
import type { Connect, TransportClose } from "./transport/transport.ts";
import { abortable } from "./util/abortable.ts";

/**
 * Options of {@linkcode Codex}: how the server is started, and how the client behaves.
 *
 * @example
 * ```ts
 * import type { CodexOptions } from "@codex-app-server/sdk";
 *
 * const options: CodexOptions = {
 *   codexBin: "/usr/local/bin/codex",
 *   cwd: "/project",
 *   clientName: "my_editor",
 * };
 * ```
 */
export interface CodexOptions extends StdioOptions, ClientOptions {
  /** Opens the connection instead of starting a process; the options of the process are then not used. */
  readonly connect?: Connect | undefined;
}

/**
 * A client of one `codex app-server`. `await Codex.start()` starts the server at once; `new Codex()` does so on first use.
 *
 * @example
 * ```ts
 * import { Codex, Sandbox } from "@codex-app-server/sdk";
 *
 * async function main(): Promise<void> {
 *   await using codex = await Codex.start();
 *   const thread = await codex.threadStart({ sandbox: Sandbox.workspace });
 *   const result = await thread.run("Say hello in one sentence.");
 *   console.log(result.finalResponse, result.items.length);
 * }
 * ```
 */
export class Codex implements AsyncDisposable {
  /** Private to TypeScript alone: the tests of this package count what it keeps. */
  private readonly core: ClientCore;
  readonly #context: ClientContext;
  #fs: FileSystem | undefined;

  /**
   * Makes a client that starts its server on first use.
   *
   * @throws {TypeError} when an option is not of its kind
   * @throws {RangeError} when a time limit is no number from 0 up
   */
  constructor(options: CodexOptions = {}) {
    this.core = new ClientCore(options.connect ?? stdio(options), options);
    this.#context = this.core.context;
  }

  /**
   * Makes a client and starts its server (`initialize`).
   *
   * @throws {RuntimeNotFoundError} when there is no `codex` executable
   * @throws {CwdNotFoundError} when the working directory does not exist
   * @throws {StartupTimeoutError} when the start takes longer than `startupTimeoutMs`
   * @throws {TransportClosedError} when the server ends before it answers, with its exit code and stderr
   */
  static async start(options: CodexOptions = {}): Promise<Codex> {
    const codex = new Codex(options);
    try {
      return await codex.connect();
    } catch (error) {
      await codex.close();
      throw error;
    }
  }

  /**
   * Starts the server and initializes the connection (`initialize`); does so once, whoever asks, and again after a
   * failure. Every request does it by itself. A signal ends the waiting of its caller, not the start.
   *
   * @throws {RuntimeNotFoundError} when there is no `codex` executable
   * @throws {StartupTimeoutError} when that takes longer than `startupTimeoutMs`
   * @throws {TransportClosedError} when the server ends before it answers, or this client was closed
   */
  async connect(options: { readonly signal?: AbortSignal } = {}): Promise<this> {
    options.signal?.throwIfAborted();
    await abortable(this.core.connection.ready(), options.signal);
    return this;
  }

  /**
   * What the server told of itself.
   *
   * @throws {InvalidStateError} before the connection is initialized
   */
  get metadata(): ServerMetadata {
    return this.core.connection.metadata;
  }

  /** The process id of the server; `undefined` before the start and where the server is no child process. */
  get pid(): number | undefined {
    return this.core.connection.pid;
  }

  /** Fulfils when the server has ended, with how it did; never rejects. */
  get exited(): Promise<TransportClose> {
    return this.core.connection.exited;
  }

  /**
   * Starts a new thread (`thread/start`).
   *
   * @throws {TypeError} when an option is not of its kind
   * @throws {ToolsNotSupportedError} when there are tools and the server, or `experimentalApi: false`, does not allow them
   * @throws {JsonRpcError} when the server refuses it
   */
  threadStart(options: ThreadStartOptions = {}): Promise<Thread> {
    return startThread(this.#context, options);
  }

  /**
   * Opens a stored thread (`thread/resume`); its history stays on the server. A thread that this client holds comes back
   * as the same handle. A thread that the server has loaded keeps its settings, whatever the options say.
   *
   * @throws {TypeError} when the id is no text or an option is not of its kind
   * @throws {ThreadNotFoundError} when the server has no such thread: none is ever made instead
   * @throws {ThreadNotMaterializedError} when the thread is open here but nothing of it is stored yet
   * @throws {ThreadBusyError} when another process has the thread open
   * @throws {ThreadArchivedError} when the thread is in the archive
   */
  threadResume(threadId: string, options: ThreadResumeOptions = {}): Promise<Thread> {
    return resumeThread(this.#context, threadId, options);
  }

  /**
   * Opens a new thread that begins with the history of another (`thread/fork`), and inherits its approval mode unless told.
   *
   * @throws {TypeError} when the id is no text or an option is not of its kind
   * @throws {ThreadNotFoundError} when the server has no such thread
   * @throws {ThreadNotMaterializedError} when nothing of the thread is stored yet
   */
  threadFork(threadId: string, options: ThreadForkOptions = {}): Promise<Thread> {
    return forkThread(this.#context, threadId, options);
  }

  /**
   * Lists the stored threads (`thread/list`), one page of them: `nextCursor` is where the next one begins.
   *
   * @throws {TypeError} when the options are no object
   * @throws {JsonRpcError} when the server refuses it
   */
  threadList(options: ThreadListOptions = {}): Promise<ThreadListResponse> {
    return listThreads(this.#context, options);
  }

  /**
   * Lists the stored threads (`thread/list`), all pages of them: each is read when its first thread is asked for, so that
   * leaving the loop reads no more.
   *
   * @throws {TypeError} when the options are no object
   * @throws {JsonRpcError} from the read, when the server refuses it
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function find(codex: Codex, name: string): Promise<string | undefined> {
   *   for await (const thread of codex.threads({ sortKey: "updated_at", limit: 50 })) {
   *     if (thread.name === name) return thread.id;
   *   }
   *   return undefined;
   * }
   * ```
   */
  threads(options: ThreadListOptions = {}): AsyncGenerator<StoredThread, void, undefined> {
    return allThreads(this.#context, options);
  }

  /**
   * Searches the stored threads for a text (`thread/search/stream`). Yields each thread once, with a snippet: those that the
   * server finds early first, then the others in the order of `sortKey`, page after page. Leaving the loop or aborting
   * ends the search on the server too. Servers without early matches are searched as well (`thread/search`).
   *
   * @throws {TypeError} if the term is not a string or is blank, or the options are not an object
   * @throws {RangeError} if the term is longer than 65,536 bytes
   * @throws {JsonRpcError} from the read, if the server refuses it; `signal.reason` after an abort
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function show(codex: Codex, term: string, signal: AbortSignal): Promise<void> {
   *   for await (const { thread, snippet } of codex.threadSearch(term, { signal })) {
   *     console.log(thread.id, snippet);
   *   }
   * }
   * ```
   */
  threadSearch(
    term: string,
    options: ThreadSearchOptions = {},
  ): AsyncGenerator<ThreadSearchResult, void, undefined> {
    return searchThreads(this.#context, term, options);
  }

  /**
   * Puts a thread into the archive (`thread/archive`); the server lets go of it.
   *
   * @throws {TypeError} when the id is no text
   * @throws {ThreadNotFoundError} when the server has no such thread
   * @throws {ThreadNotMaterializedError} when nothing of the thread is stored, as of an ephemeral one
   */
  threadArchive(threadId: string, options: CallOptions = {}): Promise<void> {
    return archiveThread(this.#context, threadId, options);
  }

  /**
   * Takes a thread out of the archive (`thread/unarchive`) and opens it (`thread/resume`).
   *
   * @throws {TypeError} when the id is no text
   * @throws {ThreadNotFoundError} when the archive has no such thread
   */
  threadUnarchive(threadId: string, options: CallOptions = {}): Promise<Thread> {
    return unarchiveThread(this.#context, threadId, options);
  }

  /**
   * Deletes a thread for good (`thread/delete`); its handle is used up then.
   *
   * @throws {TypeError} when the id is no text
   * @throws {ThreadNotFoundError} when the server has no such thread
   */
  threadDelete(threadId: string, options: CallOptions = {}): Promise<void> {
    return deleteThread(this.#context, threadId, options);
  }

  /**
   * Lists the models that the server offers (`model/list`), every page of them, in the server's order.
   *
   * @throws {JsonRpcError} when the server refuses it
   */
  models(options: ModelsOptions = {}): Promise<Model[]> {
    return listModels(this.#context, options);
  }

  /**
   * Reads the account that the server is logged in with (`account/read`); `account` is `null` without a login.
   *
   * @throws {TypeError} when the options are no object
   * @throws {JsonRpcError} when the server refuses it
   */
  account(options: AccountOptions = {}): Promise<GetAccountResponse> {
    return readAccount(this.#context, options);
  }

  /**
   * Logs in by API key and stores it (`account/login/start`); finishes at once. The key is in no error of this call.
   *
   * @throws {TypeError} when the key is no text or empty; nothing is sent then
   * @throws {JsonRpcError} when the server refuses it
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function login(codex: Codex, apiKey: string): Promise<boolean> {
   *   await codex.loginApiKey(apiKey);
   *   return (await codex.account()).account?.type === "apiKey"; // true
   * }
   * ```
   */
  loginApiKey(apiKey: string, options: CallOptions = {}): Promise<void> {
    return loginWithApiKey(this.#context, apiKey, options);
  }

  /**
   * Starts a login in a browser (`account/login/start`); one that was open before is ended by it.
   *
   * @throws {TypeError} when an option is not of its kind
   * @throws {JsonRpcError} when the server refuses it, or cannot listen for the browser's return
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function login(codex: Codex): Promise<boolean> {
   *   await using login = await codex.loginChatgpt();
   *   console.log(`Open ${login.authUrl}`);
   *   return (await login.wait({ timeoutMs: 300_000 })).success;
   * }
   * ```
   */
  loginChatgpt(options: ChatgptLoginOptions = {}): Promise<ChatgptLoginHandle> {
    return startChatgptLogin(this.#context, options);
  }

  /**
   * Starts a login by a code that is entered on any device (`account/login/start`); one that was open before is ended.
   *
   * @throws {TypeError} when an option is not of its kind
   * @throws {JsonRpcError} when the server refuses it
   */
  loginChatgptDeviceCode(options: CallOptions = {}): Promise<DeviceCodeLoginHandle> {
    return startDeviceCodeLogin(this.#context, options);
  }

  /**
   * Logs in by tokens of ChatGPT that the caller keeps (`account/login/start`, experimental); the next request uses them.
   * The server then checks the workspace and tells the result as `account/login/completed` without a login id.
   *
   * @throws {TypeError} when a token is no text or empty; nothing is sent then
   * @throws {JsonRpcError} when the server refuses it
   *
   * @example
   * ```ts
   * import type { ChatgptTokens, Codex } from "@codex-app-server/sdk";
   *
   * async function login(codex: Codex, fresh: () => Promise<ChatgptTokens>): Promise<void> {
   *   await codex.loginChatgptTokens({ ...await fresh(), onTokenRefresh: fresh });
   * }
   * ```
   */
  loginChatgptTokens(options: ChatgptTokensLoginOptions): Promise<void> {
    return loginWithTokens(this.#context, options);
  }

  /**
   * Logs out and forgets what was stored (`account/logout`).
   *
   * @throws {TypeError} when the options are no object
   * @throws {JsonRpcError} when the server refuses it
   */
  logout(options: CallOptions = {}): Promise<void> {
    return logout(this.#context, options);
  }

  /**
   * Reads how much of the account's limits is used (`account/rateLimits/read`).
   *
   * @throws {TypeError} when the options are no object
   * @throws {JsonRpcError} when the login is none of ChatGPT
   */
  rateLimits(options: RateLimitsOptions = {}): Promise<GetAccountRateLimitsResponse> {
    return readRateLimits(this.#context, options);
  }

  /**
   * Reads how many tokens the account has used (`account/usage/read`).
   *
   * @throws {TypeError} when the options are no object
   * @throws {JsonRpcError} when the login is none of ChatGPT
   */
  usage(options: UsageOptions = {}): Promise<GetAccountTokenUsageResponse> {
    return readUsage(this.#context, options);
  }

  /**
   * Runs a command on the server's side (`command/exec`), apart from threads and turns, and gives a handle at once: what
   * goes wrong later shows in `status`, `output()` and the streams. It runs in the sandbox of the server's configuration
   * unless `sandbox` names one, and has no time limit unless `timeoutMs` sets one.
   *
   * @throws {TypeError} when the command is no list of texts or an option is not of its kind
   * @throws {RangeError} when a number is out of its range
   * @throws {TransportClosedError} when the client is closed; `signal.reason` when the signal has fired already
   *
   * @example
   * ```ts
   * import { type Codex, Sandbox } from "@codex-app-server/sdk";
   *
   * async function hash(codex: Codex, file: Uint8Array): Promise<string> {
   *   const sum = codex.exec(["sha256sum"], { input: file, sandbox: Sandbox.readOnly });
   *   const { success, stdout, stderr } = await sum.output();
   *   if (!success) throw new Error(stderr);
   *   return stdout.slice(0, 64);
   * }
   * ```
   */
  exec(command: readonly string[], options: ExecOptions = {}): ExecProcess {
    return new ExecProcess(this.#context, command, options);
  }

  /**
   * The files of the machine that the server runs on (`fs/readFile` and the others).
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * const names = async (codex: Codex, folder: string): Promise<string[]> =>
   *   (await codex.fs.list(folder)).map(({ fileName }) => fileName);
   * ```
   */
  get fs(): FileSystem {
    return this.#fs ??= new FileSystem(this.#context);
  }

  /**
   * Sends any request of the protocol and waits for its reply.
   *
   * @throws {JsonRpcError} when the server answers with an error
   * @throws {RequestTimeoutError} when no reply comes within `timeoutMs`
   * @throws {TransportClosedError} when the connection is or gets closed
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function modelIds(codex: Codex): Promise<string[]> {
   *   const { data } = await codex.request("model/list", {}, { timeoutMs: 10_000 });
   *   return data.map((model) => model.id);
   * }
   * ```
   */
  async request<M extends ClientMethod>(
    method: M,
    params: ClientParams<M>,
    options: RequestOptions<ClientResult<M>> = {},
  ): Promise<ClientResult<M>> {
    if (typeof method !== "string" || (method as string) === "") {
      throw new TypeError(
        `The method must be a text that is not empty, got ${JSON.stringify(method)}`,
      );
    }
    return await this.#context.request(method, params, options);
  }

  /**
   * Reads the server's notifications from now on, those of all turns included, until the connection ends.
   * @throws {TypeError} when `methods` is no list; `signal.reason` when the signal has fired already
   */
  notifications(options: NotificationStreamOptions = {}): EventStream {
    return this.core.listeners.stream(options);
  }

  /**
   * Calls back for each notification of a method; the function that is returned ends that. What the listener throws is
   * told to `onDiagnostic`.
   *
   * @throws {TypeError} when there is no method or no function
   */
  on<M extends NotificationMethod | (string & Record<never, never>)>(
    method: M,
    listener: NotificationListener<M>,
  ): () => void {
    return this.core.listeners.on(method, listener as (params: unknown) => void);
  }

  /**
   * Registers a handler for a server request, replacing any previous one. Returns a function that unregisters it; such
   * requests are then declined.
   *
   * @throws {TypeError} if the method is not a string or the handler is not a function
   */
  handle<M extends ServerRequestMethod>(method: M, handler: ServerRequestHandler<M>): () => void {
    return this.#context.requests.client.handle(method, handler);
  }

  /**
   * Reads what the server asks people, of all threads: approvals, questions and elicitations that no turn, no thread and no
   * handler of this client answers. It ends when the connection does.
   *
   * @throws {TypeError} when `kinds` is no list of kinds; `signal.reason` when the signal has fired already
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function answerAll(codex: Codex): Promise<void> {
   *   for await (const request of codex.requests({ kinds: ["commandApproval"] })) {
   *     if (confirm(`Run ${request.command}?`)) request.approve();
   *     else request.decline();
   *   }
   * }
   * ```
   */
  requests<Kind extends UserRequestKind = UserRequestKind>(
    options: RequestStreamOptions<Kind> = {},
  ): RequestStream<Kind> {
    return this.#context.requests.client.inbox.open(options);
  }

  /**
   * What people are being asked at this moment, of all threads, the oldest first: for a front end that comes back. Each can
   * be answered, whoever has it in hand.
   */
  openRequests(): UserRequest[] {
    return this.#context.requests.open.list();
  }

  /**
   * Ends everything: interrupts what runs, ends the server, and waits for that, bounded in time. Safe to call again.
   */
  close(): Promise<void> {
    return this.core.close();
  }

  /** Ends everything, as {@linkcode close} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
