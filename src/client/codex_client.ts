/** What the caller has of a client: threads, models, and the protocol itself. */
import type {
  Model,
  Thread as StoredThread,
  ThreadListResponse,
  ThreadSearchResult,
} from "../generated/types.ts";
import { AccountClient } from "./account_client.ts";
import type { CallOptions } from "./call_options.ts";
import type { ExecOptions } from "./exec/exec_options.ts";
import { ExecProcess } from "./exec/exec_process.ts";
import { FileSystem } from "./fs/file_system.ts";
import { listModels, type ModelsOptions } from "./models.ts";
import type { Thread } from "./threads/thread.ts";
import {
  forkThread,
  resumeThread,
  startThread,
  type ThreadForkOptions,
  type ThreadResumeOptions,
  type ThreadStartOptions,
  unarchiveThread,
} from "./threads/thread_open.ts";
import { searchThreads, type ThreadSearchOptions } from "./threads/thread_search.ts";
import {
  allThreads,
  archiveThread,
  deleteThread,
  listThreads,
  type ThreadListOptions,
} from "./threads/thread_store.ts";

/**
 * A client of one app-server over any connection: what `Codex` is, without a default connection.
 *
 * @example
 * ```ts
 * import { CodexClient, type Connect } from "@codex-app-server/sdk";
 *
 * const clientOver = (connect: Connect): CodexClient => new CodexClient(connect, { clientName: "ci" });
 * ```
 */
export class CodexClient extends AccountClient {
  #fs: FileSystem | undefined;

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
    return this.#fs ??= new FileSystem(this.context);
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
    return new ExecProcess(this.context, command, options);
  }

  /**
   * Starts a new thread (`thread/start`).
   *
   * @throws {TypeError} when an option is not of its kind
   * @throws {ToolsNotSupportedError} when there are tools and the server, or `experimentalApi: false`, does not allow them
   * @throws {JsonRpcError} when the server refuses it
   */
  threadStart(options: ThreadStartOptions = {}): Promise<Thread> {
    return startThread(this.context, options);
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
    return resumeThread(this.context, threadId, options);
  }

  /**
   * Opens a new thread that begins with the history of another (`thread/fork`), and inherits its approval mode unless told.
   *
   * @throws {TypeError} when the id is no text or an option is not of its kind
   * @throws {ThreadNotFoundError} when the server has no such thread
   * @throws {ThreadNotMaterializedError} when nothing of the thread is stored yet
   */
  threadFork(threadId: string, options: ThreadForkOptions = {}): Promise<Thread> {
    return forkThread(this.context, threadId, options);
  }

  /**
   * Lists the stored threads (`thread/list`), one page of them: `nextCursor` is where the next one begins.
   *
   * @throws {TypeError} when the options are no object
   * @throws {JsonRpcError} when the server refuses it
   */
  threadList(options: ThreadListOptions = {}): Promise<ThreadListResponse> {
    return listThreads(this.context, options);
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
    return allThreads(this.context, options);
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
    return searchThreads(this.context, term, options);
  }

  /**
   * Puts a thread into the archive (`thread/archive`); the server lets go of it.
   *
   * @throws {TypeError} when the id is no text
   * @throws {ThreadNotFoundError} when the server has no such thread
   * @throws {ThreadNotMaterializedError} when nothing of the thread is stored, as of an ephemeral one
   */
  threadArchive(threadId: string, options: CallOptions = {}): Promise<void> {
    return archiveThread(this.context, threadId, options);
  }

  /**
   * Takes a thread out of the archive (`thread/unarchive`) and opens it (`thread/resume`).
   *
   * @throws {TypeError} when the id is no text
   * @throws {ThreadNotFoundError} when the archive has no such thread
   */
  threadUnarchive(threadId: string, options: CallOptions = {}): Promise<Thread> {
    return unarchiveThread(this.context, threadId, options);
  }

  /**
   * Deletes a thread for good (`thread/delete`); its handle is used up then.
   *
   * @throws {TypeError} when the id is no text
   * @throws {ThreadNotFoundError} when the server has no such thread
   */
  threadDelete(threadId: string, options: CallOptions = {}): Promise<void> {
    return deleteThread(this.context, threadId, options);
  }

  /**
   * Lists the models that the server offers (`model/list`), every page of them, in the server's order.
   *
   * @throws {JsonRpcError} when the server refuses it
   */
  models(options: ModelsOptions = {}): Promise<Model[]> {
    return listModels(this.context, options);
  }
}
