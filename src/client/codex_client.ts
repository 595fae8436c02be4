/** What the caller has of a client: threads, models, and the protocol itself. */
import type { Model } from "../generated/types.ts";
import { listModels, type ModelsOptions } from "./models.ts";
import { ProtocolClient } from "./protocol_client.ts";
import type { Thread } from "./thread.ts";
import {
  resumeThread,
  startThread,
  type ThreadResumeOptions,
  type ThreadStartOptions,
} from "./thread_open.ts";

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
export class CodexClient extends ProtocolClient {
  /**
   * Starts a new thread (`thread/start`).
   *
   * @throws {TypeError} when an option is not of its kind
   * @throws {JsonRpcError} when the server refuses it
   */
  threadStart(options: ThreadStartOptions = {}): Promise<Thread> {
    return startThread(this.context, options);
  }

  /**
   * Opens a stored thread (`thread/resume`); its history stays on the server.
   *
   * @throws {TypeError} when the id is no text or an option is not of its kind
   * @throws {JsonRpcError} when the server has no such thread
   */
  threadResume(threadId: string, options: ThreadResumeOptions = {}): Promise<Thread> {
    return resumeThread(this.context, threadId, options);
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
