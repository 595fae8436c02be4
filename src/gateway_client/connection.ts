/** A gateway, as a page sees it. */
import type { ModelData, PageData, ThreadData } from "../gateway/wire.ts";
import { type ConnectGatewayOptions, Http } from "./http.ts";
import { LiveThread } from "./live_thread.ts";

/**
 * What a page may choose for a new thread, if the gateway allows it.
 *
 * @example
 * ```ts
 * import type { PageThreadOptions } from "@codex-app-server/sdk/gateway/client";
 *
 * const options: PageThreadOptions = { workspace: "docs", name: "Release notes" };
 * ```
 */
export interface PageThreadOptions {
  /** The name of the workspace. Defaults to the first. */
  readonly workspace?: string | undefined;
  /** A directory in the workspace. Defaults to the workspace itself. */
  readonly directory?: string | undefined;
  /** The name of the thread. */
  readonly name?: string | undefined;
  /** The model. */
  readonly model?: string | undefined;
  /** The sandbox. */
  readonly sandbox?: string | undefined;
  /** The approval mode. */
  readonly approvalMode?: string | undefined;
}

/**
 * Options of a list of threads.
 *
 * @example
 * ```ts
 * import type { PageListOptions } from "@codex-app-server/sdk/gateway/client";
 *
 * const options: PageListOptions = { limit: 50, archived: true };
 * ```
 */
export interface PageListOptions {
  /** `nextCursor` of the page before. Defaults to the newest thread. */
  readonly cursor?: string | undefined;
  /**
   * The number of threads, at most 50.
   *
   * @default {20}
   */
  readonly limit?: number | undefined;
  /**
   * Whether to list the archived threads instead of the others.
   *
   * @default {false}
   */
  readonly archived?: boolean | undefined;
}

/**
 * How much of a limit is used.
 *
 * @example
 * ```ts
 * import type { PageUsage } from "@codex-app-server/sdk/gateway/client";
 *
 * const percent = ({ primary }: PageUsage): number => primary?.usedPercent ?? 0;
 * ```
 */
export interface PageUsage {
  /** The first limit; `null` without one. */
  readonly primary: PageUsageWindow | null;
  /** The second limit; `null` without one. */
  readonly secondary: PageUsageWindow | null;
}

/**
 * One limit of the account.
 *
 * @example
 * ```ts
 * import type { PageUsageWindow } from "@codex-app-server/sdk/gateway/client";
 *
 * const isUsedUp = ({ usedPercent }: PageUsageWindow): boolean => usedPercent >= 100;
 * ```
 */
export interface PageUsageWindow {
  /** The used part, in percent. */
  readonly usedPercent: number;
  /** The length of the window, in minutes. */
  readonly windowDurationMins: number | null;
  /** When it begins anew, in seconds since 1970. */
  readonly resetsAt: number | null;
}

/**
 * A connection to a gateway: it opens a stream for each open thread, and nothing else. Create it with
 * {@linkcode connect}.
 *
 * @example
 * ```ts
 * import { connect } from "@codex-app-server/sdk/gateway/client";
 *
 * async function main(): Promise<void> {
 *   const gateway = connect("/api/codex");
 *   const { data } = await gateway.list({ limit: 10 });
 *   const thread = data[0] === undefined ? await gateway.create() : gateway.open(data[0].id);
 *   const turn = await thread.run("Say hello in one sentence.");
 *   console.log(turn.status);
 *   thread.close();
 * }
 * ```
 */
export class GatewayConnection {
  readonly #http: Http;

  /**
   * Connects to the gateway at a URL.
   *
   * @ignore
   */
  constructor(url: string | URL, options: ConnectGatewayOptions) {
    this.#http = new Http(url, options);
  }

  /**
   * Returns a page of the user's threads, newest first.
   *
   * @throws {GatewayError} if the gateway refuses it
   */
  list({ cursor, limit, archived }: PageListOptions = {}): Promise<PageData<ThreadData>> {
    const query = new URLSearchParams();
    if (cursor !== undefined) query.set("cursor", cursor);
    if (limit !== undefined) query.set("limit", String(limit));
    if (archived) query.set("archived", "true");
    return this.#http.json(`threads?${query}`);
  }

  /**
   * Creates a thread and opens it.
   *
   * @throws {GatewayError} if the gateway refuses it
   */
  async create(options: PageThreadOptions = {}): Promise<LiveThread> {
    const call = { method: "POST", body: options, isOnce: true } as const;
    const { id } = await this.#http.json<ThreadData>("threads", call);
    return this.open(id);
  }

  /** Opens a thread. Its `view` is filled by the first snapshot; `error` says if the user has no such thread. */
  open(threadId: string): LiveThread {
    return new LiveThread(threadId, this.#http);
  }

  /**
   * Returns a thread without opening its stream.
   *
   * @throws {GatewayError} if the user has no such thread
   */
  read(threadId: string): Promise<ThreadData> {
    return this.#http.json(`threads/${encodeURIComponent(threadId)}`);
  }

  /**
   * Archives a thread, or takes it out of the archive.
   *
   * @throws {GatewayError} if the user has no such thread, or it has a running turn
   */
  async archive(threadId: string, archived = true): Promise<void> {
    const path = `threads/${encodeURIComponent(threadId)}`;
    await this.#http.json(path, { method: "PATCH", body: { archived } });
  }

  /**
   * Returns the models that the page may choose.
   *
   * @throws {GatewayError} if the gateway refuses it
   */
  async models(): Promise<readonly ModelData[]> {
    return (await this.#http.json<PageData<ModelData>>("models")).data;
  }

  /**
   * Returns the names of the user's workspaces.
   *
   * @throws {GatewayError} if the gateway refuses it
   */
  async workspaces(): Promise<readonly string[]> {
    return (await this.#http.json<PageData<string>>("workspaces")).data;
  }

  /**
   * Returns how much of the limits of the server's account is used.
   *
   * @throws {GatewayError} if the gateway refuses it, such as `"agent_error"` without a login
   */
  usage(): Promise<PageUsage> {
    return this.#http.json("usage");
  }
}

/**
 * Connects a page to a gateway. Nothing is sent yet.
 *
 * @example
 * ```ts
 * import { connect } from "@codex-app-server/sdk/gateway/client";
 *
 * const gateway = connect("/api/codex", { headers: { authorization: "Bearer …" } });
 * const thread = gateway.open("thread-1");
 * thread.subscribe(() => console.log(thread.view.connection));
 * ```
 */
export function connect(url: string | URL, options: ConnectGatewayOptions = {}): GatewayConnection {
  return new GatewayConnection(url, options);
}
