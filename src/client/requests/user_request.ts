/** The base classes of server requests for people. */
import { DecisionNotOfferedError } from "../../errors/request_errors.ts";
import type { ServerRequestMethod, ServerRequestParams } from "../../generated/server_requests.ts";
import type { ThreadItem } from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import type { Thread } from "../threads/thread.ts";
import type { TurnHandle } from "../turns/turn_handle.ts";
import type { UserRequestKind, UserRequestMethod } from "./request_kinds.ts";
import type { RequestState, ServerRequest } from "./server_request.ts";
import type { ReadLink } from "./touched_paths.ts";

/**
 * The data of a request that a user interface needs, as `JSON.stringify(request)` writes it. The request itself stays
 * in the program, where `openRequests()` finds it by its `id`. It contains what the agent wrote, including secrets in
 * commands and files.
 *
 * @example
 * ```ts
 * import type { UserRequestJson } from "@codex-app-server/sdk/types";
 *
 * const titleOf = ({ kind, item }: UserRequestJson): string =>
 *   item?.type === "commandExecution" ? item.command : kind;
 * ```
 */
export interface UserRequestJson<M extends ServerRequestMethod = UserRequestMethod> {
  /** The id of the request: 1 and "1" are different ids. */
  readonly id: string | number;
  /** The discriminant of the request. */
  readonly kind: UserRequestKind;
  /** The method of the request. */
  readonly method: M;
  /** The id of the thread that the request is about. */
  readonly threadId: string;
  /** The id of the turn that the request belongs to; `null` if it belongs to none. */
  readonly turnId: string | null;
  /** The params of the request, as the server sent them. */
  readonly params: ServerRequestParams<M>;
  /** The latest version of the item that the request belongs to; `null` if the client has not seen it. */
  readonly item: ThreadItem | null;
  /** Approvals of file changes: every path that they touch, as `FileChangeApproval.paths` lists them. */
  readonly paths?: readonly string[] | null;
}

/**
 * What every `UserRequest` has in common. The first answer counts, whether given here or returned by a
 * handler. A request can be kept and answered later, as long as its `state` is `"open"`.
 *
 * @example
 * ```ts
 * import type { UserRequest } from "@codex-app-server/sdk";
 *
 * async function show(request: UserRequest): Promise<void> {
 *   console.log(request.kind, request.threadId, request.item?.type);
 *   console.log(await request.done); // "answered" or "withdrawn", by whomever
 * }
 * ```
 */
export abstract class UserRequestBase<M extends ServerRequestMethod, Answer> {
  /** The discriminant of the request. */
  abstract readonly kind: UserRequestKind;
  /** The method of the request. */
  readonly method: M;
  /** The params of the request, as the server sent them. */
  readonly params: ServerRequestParams<M>;
  readonly #request: ServerRequest;

  /**
   * Wraps a request that has arrived.
   *
   * @ignore
   */
  constructor(request: ServerRequest) {
    this.method = request.method as M;
    this.params = (isRecord(request.params) ? request.params : {}) as ServerRequestParams<M>;
    this.#request = request;
  }

  /** The id of the request, as the server chose it: 1 and "1" are different ids. */
  get id(): string | number {
    return this.#request.id;
  }

  /** The id of the thread that the request is about. */
  get threadId(): string {
    return this.#request.threadId ?? "";
  }

  /** The id of the turn that the request belongs to, as the server sent it; `null` if it belongs to none. */
  get turnId(): string | null {
    return this.#request.turnId ?? null;
  }

  /** The thread, if this client holds it. */
  get thread(): Thread | undefined {
    return this.#request.thread;
  }

  /**
   * The turn, if this client started it. For a goal, this is the logical turn, whose id differs from `turnId`. The turn of a
   * `thread.run()` keeps no events, so its streams begin when they are opened.
   */
  get turn(): TurnHandle | undefined {
    return this.#request.turn;
  }

  /** The latest version of the item that the request belongs to: what a command runs, or which files change and how. */
  get item(): ThreadItem | undefined {
    return this.#request.item;
  }

  /** Aborts when the answer is no longer wanted: the request was withdrawn, or its time limit expired. */
  get signal(): AbortSignal {
    return this.#request.signal;
  }

  /** The state of the request. */
  get state(): RequestState {
    return this.#request.state;
  }

  /** Fulfils with the final state once the request is settled; never rejects. */
  get done(): Promise<Exclude<RequestState, "open">> {
    return this.#request.outcome.then(() => this.state === "withdrawn" ? "withdrawn" : "answered");
  }

  /**
   * Answers the request.
   *
   * @throws {RequestSettledError} if the request has already been answered or withdrawn; nothing is sent
   * @throws {DecisionNotOfferedError} if the server did not offer this decision; nothing is sent, and the request stays open
   * @throws {TypeError} if this is not an answer to such a request
   */
  answer(answer: Answer): void {
    this.#request.assertOpen();
    this.#request.answer(this.resultOf(answer));
  }

  /**
   * Declines the request.
   *
   * @throws {RequestSettledError} if the request has already been answered or withdrawn
   */
  decline(): void {
    this.#request.assertOpen();
    this.#request.decline();
  }

  /**
   * Reads what the request has to show, before anybody is asked; `undefined` if there is nothing to read. Never rejects.
   *
   * @ignore
   */
  prepare(_readLink: ReadLink | undefined): Promise<void> | undefined {
    return undefined;
  }

  /** Returns what `JSON.stringify()` writes: a snapshot of the request as plain data. */
  toJSON(): UserRequestJson<M> {
    const { id, kind, method, threadId, turnId, params, item = null } = this;
    return { id, kind, method, threadId, turnId, params, item };
  }

  /**
   * Returns the result of the protocol for an answer.
   *
   * @ignore
   */
  protected abstract resultOf(answer: Answer): unknown;
}

/**
 * A one-word decision, the same for every kind of approval: `"accept"` once, `"acceptForSession"` for similar requests
 * too, `"decline"` and let the turn continue, or `"cancel"`: decline and end the turn.
 *
 * @example
 * ```ts
 * import type { ApprovalDecision } from "@codex-app-server/sdk";
 *
 * const decisionOf = (key: string): ApprovalDecision => key === "y" ? "accept" : "decline";
 * ```
 */
export type ApprovalDecision = "accept" | "acceptForSession" | "decline" | "cancel";

/** The decisions, in the order in which to show them. */
export const APPROVAL_DECISIONS: readonly ApprovalDecision[] = [
  "accept",
  "acceptForSession",
  "decline",
  "cancel",
];

/**
 * What every approval has in common: a yes or no to something that the agent wants to do.
 *
 * @example
 * ```ts
 * import type { ApprovalBase, UserRequestMethod } from "@codex-app-server/sdk/types";
 *
 * function decide(approval: ApprovalBase<UserRequestMethod, unknown>, yes: boolean): void {
 *   if (yes) approval.approve();
 *   else approval.decline();
 * }
 * ```
 */
export abstract class ApprovalBase<M extends ServerRequestMethod, Wire>
  extends UserRequestBase<M, ApprovalDecision | Wire> {
  /** The decisions the server offers. Declining and cancelling are always allowed, listed or not. */
  abstract get availableDecisions(): readonly unknown[];

  /**
   * Approves the request once.
   *
   * @throws {RequestSettledError} if the request has already been answered or withdrawn
   * @throws {DecisionNotOfferedError} if the server did not offer this decision
   */
  approve(): void {
    this.answer("accept");
  }

  /**
   * Approves the request and similar ones, until the thread is closed.
   *
   * @throws {RequestSettledError} if the request has already been answered or withdrawn
   * @throws {DecisionNotOfferedError} if the server did not offer this decision
   */
  approveForSession(): void {
    this.answer("acceptForSession");
  }

  /**
   * Declines the request and ends the turn, if this kind of request can say so; otherwise the same as `decline()`.
   *
   * @throws {RequestSettledError} if the request has already been answered or withdrawn
   */
  cancel(): void {
    this.answer("cancel");
  }
}

/**
 * Checks that a one-word decision was offered; declining and cancelling always are.
 *
 * @throws {DecisionNotOfferedError} if it was not offered
 * @throws {TypeError} if it is not a decision
 */
export function checkDecision(
  method: string,
  decision: unknown,
  offered: readonly unknown[],
): asserts decision is ApprovalDecision {
  if (typeof decision !== "string" || !APPROVAL_DECISIONS.includes(decision as ApprovalDecision)) {
    const known = APPROVAL_DECISIONS.map((word) => JSON.stringify(word)).join(", ");
    throw new TypeError(
      `A decision on "${method}" must be one of ${known}, got ${JSON.stringify(decision)}`,
    );
  }
  if (decision === "decline" || decision === "cancel" || offered.includes(decision)) return;
  throw new DecisionNotOfferedError(method, decision, offered);
}

/** Returns the decision in an answer in the protocol's form, or the answer itself. */
export function decisionIn(answer: unknown): unknown {
  return isRecord(answer) && "decision" in answer ? answer.decision : answer;
}
