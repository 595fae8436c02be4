/** The client: one class over plain functions, with the default transport. */
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
import type { RateLimitsWatch } from "./client/account/rate_limits_watch.ts";
import type { ChatgptLoginHandle, DeviceCodeLoginHandle } from "./client/account/login_handle.ts";
import type { ChatgptLoginOptions, ChatgptTokensLoginOptions } from "./client/account/login.ts";
import type { CallOptions } from "./client/call_options.ts";
import type { ClientContext } from "./client/client_context.ts";
import { ClientCore } from "./client/client_core.ts";
import { checkCallOptions } from "./client/option_names.ts";
import {
  checkCodexOptions,
  checkRequestOptions,
  type CodexOptions,
  stdioOptionsOf,
} from "./codex_options.ts";
import { ServerConfig } from "./client/config.ts";
import type { EventStream } from "./client/events/live_stream.ts";
import type { NotificationStreamOptions } from "./client/events/event_streams.ts";
import type { NotificationListener } from "./client/events/listeners.ts";
import type { ExecOptions } from "./client/exec/exec_options.ts";
import { ExecProcess } from "./client/exec/exec_process.ts";
import { FileSystem } from "./client/fs/file_system.ts";
import { Mcp } from "./client/mcp/mcp.ts";
import { listModels, type ModelsOptions } from "./client/models.ts";
import type { ServerRequestHandler } from "./client/requests/handler_scope.ts";
import type { RequestStream, RequestStreamOptions } from "./client/requests/request_inbox.ts";
import type { UserRequest, UserRequestKind } from "./client/requests/request_kinds.ts";
import { Search } from "./client/search/search.ts";
import { Skills } from "./client/skills.ts";
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
import {
  allThreads,
  archiveThread,
  deleteThread,
  listThreads,
  loadedThreads,
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
} from "./generated/types.ts";
import type { RequestOptions } from "./protocol/connection.ts";
import type { ServerMetadata } from "./protocol/metadata.ts";
import type { TransportClose } from "./transport/transport.ts";
import { abortable } from "./util/abortable.ts";

/**
 * A client of one `codex app-server`. `await Codex.start()` starts the server immediately; `new Codex()` starts it on
 * first use.
 *
 * @example
 * ```ts
 * import { Codex, printable, Sandbox } from "@codex-app-server/sdk";
 *
 * async function main(): Promise<void> {
 *   await using codex = await Codex.start();
 *   const thread = await codex.threadStart({ sandbox: Sandbox.workspace });
 *   const result = await thread.run("Say hello in one sentence.");
 *   console.log(printable(result.finalResponse ?? ""), result.items.length);
 * }
 * ```
 */
export class Codex implements AsyncDisposable {
  /** Private in TypeScript only: the tests of this package inspect what it keeps. */
  private readonly core: ClientCore;
  readonly #context: ClientContext;
  #config: ServerConfig | undefined;
  #fs: FileSystem | undefined;
  #search: Search | undefined;
  #mcp: Mcp | undefined;
  #skills: Skills | undefined;

  /**
   * Creates a client that starts its server on first use.
   *
   * @throws {TypeError} if an option is unknown or has the wrong type
   * @throws {RangeError} if a time limit is not a number of at least 0
   */
  constructor(options: CodexOptions = {}) {
    checkCodexOptions(options);
    this.core = new ClientCore(options.connect ?? stdio(stdioOptionsOf(options)), options);
    this.#context = this.core.context;
  }

  /**
   * Creates a client and starts its server (`initialize`).
   *
   * @throws {TypeError} if an option is unknown or has the wrong type
   * @throws {RangeError} if a limit is out of range
   * @throws {RuntimeNotFoundError} if no `codex` executable is found
   * @throws {CwdNotFoundError} if the working directory does not exist
   * @throws {PermissionError} if the runtime lacks a permission that the start needs
   * @throws {SpawnError} if the executable cannot be started
   * @throws {StartupTimeoutError} if the start takes longer than `startupTimeoutMs`
   * @throws {TransportClosedError} if the server ends before it replies, with its exit code and stderr
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
   * Starts the server and initializes the connection (`initialize`). Concurrent calls share one start; a failed start ends
   * the open streams of this client, and is tried again by the next call. Requests connect by themselves. The signal ends
   * the caller's wait, not the start. Once the connection has ended, it stays closed: create another client.
   *
   * @throws {RuntimeNotFoundError} if no `codex` executable is found
   * @throws {CwdNotFoundError} if the working directory does not exist
   * @throws {PermissionError} if the runtime lacks a permission that the start needs
   * @throws {SpawnError} if the executable cannot be started
   * @throws {StartupTimeoutError} if the start takes longer than `startupTimeoutMs`
   * @throws {TransportClosedError} if the server ends before it replies, or the client is closed
   * @throws {JsonRpcError} if the server refuses `initialize`; `signal.reason` if the signal fires
   */
  async connect(options: { readonly signal?: AbortSignal } = {}): Promise<this> {
    checkCallOptions("connect()", options, { signal: true });
    options.signal?.throwIfAborted();
    await abortable(this.core.connection.ready(), options.signal);
    return this;
  }

  /**
   * What the server reported about itself in its reply to `initialize`.
   *
   * @throws {InvalidStateError} before the connection is initialized
   */
  get metadata(): ServerMetadata {
    return this.core.connection.metadata;
  }

  /**
   * The process id of the server, or of the program that reaches it, such as `ssh`; `undefined` before the start, and without a
   * child process.
   */
  get pid(): number | undefined {
    return this.core.connection.pid;
  }

  /**
   * Fulfils when the server has ended or could not be started, with the way it ended; never rejects. After a failed start,
   * the next start has a promise of its own.
   */
  get exited(): Promise<TransportClose> {
    return this.core.connection.exited;
  }

  /**
   * Starts a new thread (`thread/start`).
   *
   * @throws {TypeError} if an option is unknown or has the wrong type
   * @throws {RangeError} if a time limit is not a number of at least 0
   * @throws {ToolsNotSupportedError} if the options have tools but the server or `experimentalApi: false` does not allow them
   * @throws {JsonRpcError} if the server refuses the request
   * @throws {RequestTimeoutError} if no reply arrives within `timeoutMs`; `signal.reason` if the signal fires
   * @throws {TransportClosedError} if the connection is closed, or ends before the reply
   */
  threadStart(options: ThreadStartOptions = {}): Promise<Thread> {
    return startThread(this.#context, options);
  }

  /**
   * Opens a stored thread (`thread/resume`); its history stays on the server. Returns the existing handle of a thread that
   * this client holds, with the settings of the options (`thread/settings/update`).
   *
   * @throws {SettingsNotAppliedError} if the thread is loaded already and cannot take over one of the settings
   * @throws {TypeError} if the id is not a string or an option has the wrong type
   * @throws {ThreadNotFoundError} if the server has no such thread; no thread is created instead
   * @throws {ThreadNotMaterializedError} if the thread is open here but not stored yet
   * @throws {ThreadBusyError} if another process has the thread open
   * @throws {ThreadArchivedError} if the thread is archived
   */
  threadResume(threadId: string, options: ThreadResumeOptions = {}): Promise<Thread> {
    return resumeThread(this.#context, threadId, options);
  }

  /**
   * Opens a new thread that begins with the history of another one (`thread/fork`). It inherits the approval mode of the
   * other thread, unless the options set one.
   *
   * @throws {TypeError} if the id is not a string or an option has the wrong type
   * @throws {ThreadNotFoundError} if the server has no such thread
   * @throws {ThreadNotMaterializedError} if the thread is not stored yet
   */
  threadFork(threadId: string, options: ThreadForkOptions = {}): Promise<Thread> {
    return forkThread(this.#context, threadId, options);
  }

  /**
   * Returns one page of the stored threads (`thread/list`); `nextCursor` is the start of the next page.
   *
   * @throws {TypeError} if the options are not an object or have an unknown name
   * @throws {JsonRpcError} if the server refuses the request
   */
  threadList(options: ThreadListOptions = {}): Promise<ThreadListResponse> {
    return listThreads(this.#context, options);
  }

  /**
   * Yields all stored threads (`thread/list`). Each page is read when its first thread is needed, so leaving the loop
   * reads no further pages.
   *
   * @throws {TypeError} if the options are not an object or have an unknown name
   * @throws {JsonRpcError} from the read, if the server refuses the request
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
   * The searches of the server: over stored threads and over files.
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function about(codex: Codex, term: string): Promise<string[]> {
   *   const ids: string[] = [];
   *   for await (const { thread } of codex.search.threads(term)) ids.push(thread.id);
   *   return ids;
   * }
   * ```
   */
  get search(): Search {
    return this.#search ??= new Search(this.#context);
  }

  /**
   * Returns the ids of the threads that the server has in memory, whoever opened them (`thread/loaded/list`). To watch
   * one that another client of the server opened, resume it.
   *
   * @throws {TypeError} if the options are not an object or have an unknown name
   * @throws {JsonRpcError} if the server refuses the request
   *
   * @example
   * ```ts
   * import { Codex, type Connect } from "@codex-app-server/sdk";
   *
   * async function watch(connect: Connect): Promise<void> {
   *   const codex = await Codex.start({ connect, unhandled: "leave" });
   *   for (const id of await codex.loadedThreads()) {
   *     const thread = await codex.threadResume(id);
   *     console.log(id, thread.name);
   *   }
   * }
   * ```
   */
  loadedThreads(options: CallOptions = {}): Promise<string[]> {
    return loadedThreads(this.#context, options);
  }

  /**
   * Archives a thread (`thread/archive`); the server unloads it.
   *
   * @throws {TypeError} if the id is not a string
   * @throws {ThreadNotFoundError} if the server has no such thread
   * @throws {ThreadNotMaterializedError} if the thread is not stored, for example because it is ephemeral
   */
  threadArchive(threadId: string, options: CallOptions = {}): Promise<void> {
    return archiveThread(this.#context, threadId, options);
  }

  /**
   * Unarchives a thread (`thread/unarchive`) and opens it (`thread/resume`).
   *
   * @throws {TypeError} if the id is not a string
   * @throws {ThreadNotFoundError} if the archive has no such thread
   */
  threadUnarchive(threadId: string, options: CallOptions = {}): Promise<Thread> {
    return unarchiveThread(this.#context, threadId, options);
  }

  /**
   * Deletes a thread permanently (`thread/delete`); its handle is closed.
   *
   * @throws {TypeError} if the id is not a string
   * @throws {ThreadNotFoundError} if the server has no such thread
   */
  threadDelete(threadId: string, options: CallOptions = {}): Promise<void> {
    return deleteThread(this.#context, threadId, options);
  }

  /**
   * Returns all models that the server offers (`model/list`), in the server's order.
   *
   * @throws {JsonRpcError} if the server refuses the request
   */
  models(options: ModelsOptions = {}): Promise<Model[]> {
    return listModels(this.#context, options);
  }

  /**
   * Returns the account that the server is logged in to (`account/read`); `account` is `null` without a login.
   *
   * @throws {TypeError} if the options are not an object or have an unknown name
   * @throws {JsonRpcError} if the server refuses the request
   */
  account(options: AccountOptions = {}): Promise<GetAccountResponse> {
    return readAccount(this.#context, options);
  }

  /**
   * Logs in with an API key, which the server stores (`account/login/start`). No error of this call contains the key.
   *
   * @throws {TypeError} if the key is not a non-empty string; nothing is sent then
   * @throws {JsonRpcError} if the server refuses the request
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
  async loginApiKey(apiKey: string, options: CallOptions = {}): Promise<void> {
    const { loginWithApiKey } = await import("./client/account/login.ts");
    return await loginWithApiKey(this.#context, apiKey, options);
  }

  /**
   * Starts a login in a browser (`account/login/start`); this ends a login that is still pending.
   *
   * @throws {TypeError} if an option has the wrong type
   * @throws {JsonRpcError} if the server refuses the request or cannot listen for the redirect
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
  async loginChatgpt(options: ChatgptLoginOptions = {}): Promise<ChatgptLoginHandle> {
    const { startChatgptLogin } = await import("./client/account/login.ts");
    return await startChatgptLogin(this.#context, options);
  }

  /**
   * Starts a login with a code to enter on any device (`account/login/start`); this ends a login that is still pending.
   *
   * @throws {TypeError} if an option has the wrong type
   * @throws {JsonRpcError} if the server refuses the request
   */
  async loginChatgptDeviceCode(options: CallOptions = {}): Promise<DeviceCodeLoginHandle> {
    const { startDeviceCodeLogin } = await import("./client/account/login.ts");
    return await startDeviceCodeLogin(this.#context, options);
  }

  /**
   * Logs in with ChatGPT tokens that the caller manages (`account/login/start`, experimental); the next request uses them.
   * The server then checks the workspace and sends `account/login/completed` without a login id.
   *
   * @throws {TypeError} if a token is not a non-empty string; nothing is sent then
   * @throws {JsonRpcError} if the server refuses the request
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
  async loginChatgptTokens(options: ChatgptTokensLoginOptions): Promise<void> {
    const { loginWithTokens } = await import("./client/account/login.ts");
    return await loginWithTokens(this.#context, options);
  }

  /**
   * Logs out and deletes the stored credentials (`account/logout`).
   *
   * @throws {TypeError} if the options are not an object or have an unknown name
   * @throws {JsonRpcError} if the server refuses the request
   */
  logout(options: CallOptions = {}): Promise<void> {
    return logout(this.#context, options);
  }

  /**
   * Returns how much of the account's rate limits is used (`account/rateLimits/read`).
   *
   * @throws {TypeError} if the options are not an object or have an unknown name
   * @throws {JsonRpcError} if the login is not a ChatGPT login
   */
  rateLimits(options: RateLimitsOptions = {}): Promise<GetAccountRateLimitsResponse> {
    return readRateLimits(this.#context, options);
  }

  /**
   * Returns the account's rate limits and keeps them current: `current` merges the server's updates
   * (`account/rateLimits/updated`), each of which has only some of the values, and `for await` yields each change. The server
   * sends them with the turns of this client, and never reports that a value is gone: `rateLimits()` reads all anew, which is
   * also due after another login. The signal ends the watch too.
   *
   * @throws {TypeError} if the options are not an object or have an unknown name
   * @throws {JsonRpcError} if the login is not a ChatGPT login
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function runAll(codex: Codex, inputs: readonly string[]): Promise<void> {
   *   await using limits = await codex.watchRateLimits();
   *   const thread = await codex.threadStart();
   *   for (const input of inputs) {
   *     if ((limits.current.rateLimits.primary?.usedPercent ?? 0) >= 95) break;
   *     await thread.run(input);
   *   }
   * }
   * ```
   */
  async watchRateLimits(options: RateLimitsOptions = {}): Promise<RateLimitsWatch> {
    const { watchRateLimits } = await import("./client/account/rate_limits_watch.ts");
    return await watchRateLimits(
      this.#context,
      options,
      (streamOptions) => this.core.listeners.stream(streamOptions),
    );
  }

  /**
   * Returns how many tokens the account has used (`account/usage/read`).
   *
   * @throws {TypeError} if the options are not an object or have an unknown name
   * @throws {JsonRpcError} if the login is not a ChatGPT login
   */
  usage(options: UsageOptions = {}): Promise<GetAccountTokenUsageResponse> {
    return readUsage(this.#context, options);
  }

  /**
   * Runs a command on the server's machine (`command/exec`), outside of threads and turns. Returns a handle
   * immediately; later errors surface in `done`, `output()` and the streams. The sandbox defaults to the server's
   * configuration, and there is no time limit by default.
   *
   * @throws {TypeError} if the command is not an array of strings or an option has the wrong type
   * @throws {RangeError} if a number is out of range
   * @throws {TransportClosedError} if the client is closed; `signal.reason` if the signal has already fired
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
   * The file system of the server's machine (`fs/*`).
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
   * The configuration of the server (`config/*`), its requirements and its permission profiles.
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function layers(codex: Codex): Promise<string[]> {
   *   const { layers } = await codex.config.read({ includeLayers: true });
   *   return (layers ?? []).map(({ name }) => name.type); // such as "user", "system"
   * }
   * ```
   */
  get config(): ServerConfig {
    return this.#config ??= new ServerConfig(this.#context);
  }

  /**
   * The MCP servers: list, call a tool, read a resource, log in, add and remove (`mcpServer/*`).
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * const failed = async (codex: Codex): Promise<string[]> =>
   *   (await codex.mcp.list()).filter(({ toolsError }) => toolsError !== null).map(({ name }) => name);
   * ```
   */
  get mcp(): Mcp {
    return this.#mcp ??= new Mcp(this.#context);
  }

  /**
   * The skills: list, use by name, enable (`skills/*`).
   *
   * @example
   * ```ts
   * import type { Codex, Thread } from "@codex-app-server/sdk";
   *
   * async function release(codex: Codex, thread: Thread): Promise<void> {
   *   await thread.run(["Publish 1.4.", await codex.skills.get("release")]);
   * }
   * ```
   */
  get skills(): Skills {
    return this.#skills ??= new Skills(this.#context);
  }

  /**
   * Sends any request of the protocol and returns its result.
   *
   * @throws {JsonRpcError} if the server replies with an error
   * @throws {RequestTimeoutError} if no reply arrives within `timeoutMs`
   * @throws {TransportClosedError} if the connection is closed, before or during the request
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
        `The method must be a non-empty string, got ${JSON.stringify(method)}`,
      );
    }
    checkRequestOptions(options);
    return await this.#context.request(method, params, options);
  }

  /**
   * Yields the server's notifications from now on, including those of all threads and turns, until the connection ends.
   *
   * @throws {TypeError} if `methods` is not an array; `signal.reason` if the signal has already fired
   */
  notifications(options: NotificationStreamOptions = {}): EventStream {
    return this.core.listeners.stream(options);
  }

  /**
   * Calls the listener for each notification of a method that this SDK has no type for, which needs an explicit type
   * argument: `codex.on<string>("preview/method", ...)`.
   *
   * @throws {TypeError} if the method is not a string or the listener is not a function
   */
  on<M extends string = never>(
    method: NoInfer<M>,
    listener: NotificationListener<NoInfer<M>>,
  ): () => void;
  /**
   * Calls the listener for each notification of a method. Returns a function that unsubscribes it. Errors of the listener
   * are reported to `onDiagnostic`.
   *
   * @throws {TypeError} if the method is not a string or the listener is not a function
   */
  // The compiler explains a misspelt method with this overload, because it is the last one.
  on<M extends NotificationMethod>(method: M, listener: NotificationListener<M>): () => void;
  on(method: string, listener: (params: never) => void): () => void {
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
   * Yields the server's requests for people, for all threads: approvals, questions and elicitations that no turn,
   * thread or handler of this client answers. Ends with the connection.
   *
   * @throws {TypeError} if `kinds` is not an array of kinds; `signal.reason` if the signal has already fired
   *
   * @example
   * ```ts
   * import { type Codex, printable } from "@codex-app-server/sdk";
   *
   * async function answerAll(codex: Codex): Promise<void> {
   *   for await (const request of codex.requests({ kinds: ["commandApproval"] })) {
   *     if (confirm(printable(`Run ${request.command}?`, { oneLine: true }))) request.approve();
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
   * Returns the pending requests for people, for all threads, oldest first: for a front end that reconnects. Each can
   * be answered, whoever else has received it.
   */
  openRequests(): UserRequest[] {
    return this.#context.requests.open.list();
  }

  /**
   * Closes the client: interrupts running turns, ends the server and waits until it has ended, within a time limit.
   * Safe to call again.
   */
  close(): Promise<void> {
    return this.core.close();
  }

  /** Closes the client, like {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
