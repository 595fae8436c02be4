/** What all requests have that the server makes of people. */
import type { ServerRequestParams } from "../../generated/server_requests.ts";
import type { ThreadItem } from "../../generated/types.ts";
import type { AskedRequest, RequestState } from "../../protocol/asked_request.ts";
import { isRecord } from "../../util/is_record.ts";
import type { Thread } from "../threads/thread.ts";
import type { TurnHandle } from "../turns/turn_handle.ts";
import type { RequestPlace } from "./request_place.ts";
import type { UserRequestKind } from "./user_request.ts";

/**
 * The methods of the server that ask people, told from those that programs answer.
 *
 * @example
 * ```ts
 * import type { UserRequestMethod } from "@codex-app-server/sdk/types";
 *
 * const method: UserRequestMethod = "item/fileChange/requestApproval";
 * ```
 */
export type UserRequestMethod =
  | "item/commandExecution/requestApproval"
  | "item/fileChange/requestApproval"
  | "item/permissions/requestApproval"
  | "item/tool/requestUserInput"
  | "mcpServer/elicitation/request"
  | "execCommandApproval"
  | "applyPatchApproval";

/**
 * What a user interface needs of a request, as `JSON.stringify(request)` writes it; the request itself stays in the program,
 * to be found by its `id` in `openRequests()`. It holds what the agent wrote, secrets of the commands and files included.
 *
 * @example
 * ```ts
 * import type { UserRequestJson } from "@codex-app-server/sdk/types";
 *
 * const titleOf = ({ kind, item }: UserRequestJson): string =>
 *   item?.type === "commandExecution" ? item.command : kind;
 * ```
 */
export interface UserRequestJson<M extends UserRequestMethod = UserRequestMethod> {
  /** The id of the request: 1 and "1" are two ids. */
  readonly id: string | number;
  /** What tells the kinds of requests apart. */
  readonly kind: UserRequestKind;
  /** The method of the request. */
  readonly method: M;
  /** The id of the thread that the request is about. */
  readonly threadId: string;
  /** The id of the turn that the request belongs to; `null` where it belongs to none. */
  readonly turnId: string | null;
  /** The params of the request, as the server sent them. */
  readonly params: ServerRequestParams<M>;
  /** The item that the request belongs to, as told last; `null` where the client has not seen it. */
  readonly item: ThreadItem | null;
}

/**
 * What every request of a {@linkcode UserRequest} has. It takes one answer, the first: here, by what a handler gives, or
 * from wherever it was handed to. It can be kept and answered later, as long as its `state` is `"open"`.
 *
 * @example
 * ```ts
 * import type { UserRequest } from "@codex-app-server/sdk";
 *
 * async function show(request: UserRequest): Promise<void> {
 *   console.log(request.kind, request.threadId, request.item?.type);
 *   console.log(await request.settled); // "answered" or "withdrawn", whoever did it
 * }
 * ```
 */
export abstract class UserRequestBase<M extends UserRequestMethod, Answer> {
  /** What tells the kinds of requests apart. */
  abstract readonly kind: UserRequestKind;
  /** The method of the request. */
  readonly method: M;
  /** The params of the request, as the server sent them. */
  readonly params: ServerRequestParams<M>;
  readonly #asked: AskedRequest;
  readonly #place: RequestPlace;
  #item: ThreadItem | undefined;
  #turn: TurnHandle | undefined;

  /**
   * Stands for a request that has arrived.
   *
   * @ignore
   */
  constructor(asked: AskedRequest, place: RequestPlace) {
    this.method = asked.method as M;
    this.params = (isRecord(asked.params) ? asked.params : {}) as ServerRequestParams<M>;
    this.#asked = asked;
    this.#place = place;
    this.#item = place.item;
  }

  /** The id of the request, as the server chose it: 1 and "1" are two ids. */
  get id(): string | number {
    return this.#asked.id;
  }

  /** The id of the thread that the request is about. */
  get threadId(): string {
    return this.#asked.threadId ?? "";
  }

  /** The id of the turn that the request belongs to, as the server told it; `null` where it belongs to none. */
  get turnId(): string | null {
    return this.#asked.turnId ?? null;
  }

  /** The thread, where this client holds it. */
  get thread(): Thread | undefined {
    return this.#place.thread;
  }

  /** The turn, where this client has started it; of a goal the whole, which has another id. */
  get turn(): TurnHandle | undefined {
    return this.#turn ??= this.#place.turn;
  }

  /** The item that the request belongs to, as told last: what a command runs, or which files change and how. */
  get item(): ThreadItem | undefined {
    return this.#item = this.#place.item ?? this.#item;
  }

  /** Fires when the answer is no longer wanted: the request was withdrawn, or its time limit is over. */
  get signal(): AbortSignal {
    return this.#asked.signal;
  }

  /** Where the request stands. */
  get state(): RequestState {
    return this.#asked.state;
  }

  /** Fulfils when the request is settled, with how; never rejects. */
  get settled(): Promise<Exclude<RequestState, "open">> {
    return this.#asked.outcome.then(({ kind }) => kind === "withdrawn" ? "withdrawn" : "answered");
  }

  /**
   * Answers the request.
   *
   * @throws {RequestSettledError} when it is answered or withdrawn already; nothing is sent then
   * @throws {DecisionNotOfferedError} when the server did not offer this; nothing is sent, and the request stays open
   * @throws {TypeError} when this is no answer to such a request
   */
  answer(answer: Answer): void {
    this.#asked.assertOpen();
    this.#asked.answer(this.resultOf(answer));
  }

  /**
   * Answers no.
   *
   * @throws {RequestSettledError} when it is answered or withdrawn already
   */
  decline(): void {
    this.#asked.assertOpen();
    this.#asked.decline();
  }

  /** What `JSON.stringify()` writes: plain data to show, as it is at this moment. */
  toJSON(): UserRequestJson<M> {
    const { id, kind, method, threadId, turnId, params, item = null } = this;
    return { id, kind, method, threadId, turnId, params, item };
  }

  /**
   * What an answer is on the wire.
   *
   * @ignore
   */
  protected abstract resultOf(answer: Answer): unknown;
}
