/** The questions of a run to people: asked through the store, answered through the store. */
import type { JsonValue } from "../generated/types.ts";
import type { UserRequest } from "../client/requests/request_kinds.ts";
import type { TurnHandle } from "../client/turns/turn_handle.ts";
import { canonicalJson } from "../util/canonical_json.ts";
import { errorText } from "../util/error_text.ts";
import { startTimer } from "../util/timer.ts";
import type { Committer } from "./committer.ts";
import type { LoggedRun } from "./run_history.ts";

interface Answer {
  readonly message: number;
  readonly answer: JsonValue;
  readonly by: string | null;
}

/** Fields that say which request it is, not what is asked. */
const IDENTITY: ReadonlySet<string> = new Set([
  "threadId",
  "turnId",
  "itemId",
  "approvalId",
  "callId",
  "startedAtMs",
]);

/**
 * Asks people. A question keeps its id when the agent asks the same again after its worker was killed, so that nobody is
 * asked twice and an answer that was on its way is used. An answer is noted before it is given to the agent: an approval
 * never counts for a second try of what may have run already.
 */
export class RunRequests {
  readonly #committer: Committer;
  readonly #timeoutMs: number;
  readonly #cwd: string;
  readonly #logged: Map<string, "open" | "settled">;
  readonly #answers = new Map<string, Answer[]>();
  readonly #open = new Map<string, () => void>();
  readonly #taken = new Set<string>();

  /** The folder of the thread, `cwd`, may be another one for each attempt: it is no part of what is asked. */
  constructor(committer: Committer, logged: LoggedRun, timeoutMs: number, cwd: string) {
    this.#cwd = cwd;
    this.#committer = committer;
    this.#logged = new Map(logged.requests);
    this.#timeoutMs = timeoutMs;
  }

  /** Takes an answer of a person. */
  answer(message: number, requestId: string, answer: JsonValue, by: string | null): void {
    if (this.#logged.get(requestId) === "settled") return;
    const answers = this.#answers.get(requestId) ?? [];
    this.#answers.set(requestId, answers);
    answers.push({ message, answer, by });
    this.#open.get(requestId)?.();
  }

  /** Asks what a turn asks, until it ends. */
  async serve(turn: TurnHandle): Promise<void> {
    const asked: Promise<void>[] = [];
    for await (const request of turn.requests()) {
      asked.push(
        this.#ask(request).catch(() => {
          if (request.state === "open") request.decline();
        }),
      );
    }
    await Promise.all(asked);
  }

  /** Notes that nobody needs to answer what is still open: the turn has ended. */
  end(): void {
    for (const [requestId, state] of this.#logged) {
      if (state === "settled") continue;
      this.#logged.set(requestId, "settled");
      this.#committer.add({ type: "resolved", requestId, outcome: "withdrawn", by: null });
    }
  }

  async #ask(request: UserRequest): Promise<void> {
    const id = await this.#idOf(request);
    if (this.#logged.get(id) !== "open") {
      this.#logged.set(id, "open");
      this.#committer.add({ type: "request", requestId: id, request: request.toJSON() });
    }
    let wake = (): void => {};
    let isLate = false;
    const stop = startTimer(this.#timeoutMs, () => {
      isLate = true;
      wake();
    });
    this.#open.set(id, () => wake());
    void request.done.then(() => wake());
    try {
      for (;;) {
        const next = this.#answers.get(id)?.shift();
        if (request.state !== "open") return; // `end()` notes it, unless the agent will ask again
        if (next !== undefined) {
          if (await this.#give(id, request, next)) return;
        } else if (isLate) {
          await this.#settle(id, "timedOut", null);
          return request.decline();
        } else await new Promise<void>((resolve) => wake = resolve);
      }
    } finally {
      stop();
      this.#open.delete(id);
    }
  }

  /** Notes the answer and gives it to the agent; returns whether the question is settled. */
  async #give(id: string, request: UserRequest, { message, answer, by }: Answer): Promise<boolean> {
    const problem = problemWith(request, answer);
    if (problem !== undefined) {
      this.#committer.add({ type: "refused", message, reason: problem });
      return false;
    }
    await this.#settle(id, "answered", by);
    if (request.state !== "open") return true;
    try {
      if (answer === "decline") request.decline();
      else request.answer(answer as never);
    } catch (error) {
      this.#committer.add({ type: "refused", message, reason: errorText(error) });
      if (request.state === "open") request.decline();
    }
    return true;
  }

  async #settle(
    requestId: string,
    outcome: "answered" | "timedOut",
    by: string | null,
  ): Promise<void> {
    this.#logged.set(requestId, "settled");
    this.#committer.add({ type: "resolved", requestId, outcome, by });
    await this.#committer.flush();
  }

  /** What is asked, and how often it was settled before. */
  async #idOf(request: UserRequest): Promise<string> {
    const what = Object.entries(request.params).filter(([name, value]) =>
      !IDENTITY.has(name) && !(name === "cwd" && value === this.#cwd)
    );
    const item = request.item?.type === "fileChange" ? request.item.changes : null;
    const text = canonicalJson([request.kind, Object.fromEntries(what), item] as never);
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    const print = [...new Uint8Array(hash, 0, 6)].map((byte) => byte.toString(16).padStart(2, "0"));
    for (let times = 1;; times++) {
      const id = `${print.join("")}-${times}`;
      if (this.#logged.get(id) === "settled" || this.#taken.has(id)) continue;
      this.#taken.add(id);
      return id;
    }
  }
}

/** Says why an answer cannot be one, without giving it. */
function problemWith(request: UserRequest, answer: JsonValue): string | undefined {
  if (typeof answer !== "string") return undefined;
  if (request.kind === "userInput" || request.kind === "elicitation") return undefined;
  const words = ["accept", "acceptForSession", "decline", "cancel"];
  return words.includes(answer) ? undefined : `an approval is one of ${words.join(", ")}`;
}
