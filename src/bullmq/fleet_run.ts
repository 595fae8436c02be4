/** A run as whoever submitted it sees it, from any process. */
import type { JsonValue } from "../generated/types.ts";
import { CodexError } from "../errors/codex_error.ts";
import type { TurnInput } from "../client/input/input.ts";
import type { OutputReader } from "../client/output/output_turn.ts";
import type { UserRequestJson } from "../client/requests/user_request.ts";
import type { AgentJobResult } from "../fleet/job.ts";
import type { FleetEvent, FleetStore, StoredEvent } from "../fleet/store.ts";
import { redact } from "../util/redact.ts";
import { startTimer } from "../util/timer.ts";
import { onAbort } from "../util/on_abort.ts";

/** Milliseconds after which the store is read even if it called nobody. */
const POLL_MS = 2_000;
const PAGE = 500;

/**
 * The run ended without success; `result` has the rest.
 *
 * @example
 * ```ts
 * import { RunEndedError } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * const wasCancelled = (error: unknown): boolean =>
 *   error instanceof RunEndedError && error.result.status === "cancelled";
 * ```
 */
export class RunEndedError extends CodexError {
  /** The class name. */
  override readonly name: string = "RunEndedError";
  /** How the run ended. */
  readonly result: AgentJobResult;

  /** Creates the error for a result. */
  constructor(result: AgentJobResult) {
    const { runId, status, error } = result;
    const why = error === null ? "" : `: ${redact(error)}`;
    super(`Run "${runId}" has no answer, it was ${status}${why}`, { code: `run_${status}` });
    this.result = result;
  }
}

/**
 * A question of an agent to a person.
 *
 * @example
 * ```ts
 * import { printable } from "@codex-app-server/sdk";
 * import type { FleetRequest } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * async function ask({ request, answer }: FleetRequest): Promise<void> {
 *   const { item } = request;
 *   const command = item?.type === "commandExecution" ? item.command : request.kind;
 *   await answer(confirm(printable(`Run ${command}?`)) ? "accept" : "decline");
 * }
 * ```
 */
export interface FleetRequest {
  /** Its id in the run. */
  readonly id: string;
  /** What is asked. An agent wrote it: show it through `printable()`. */
  readonly request: UserRequestJson;
  /** Answers it; the first valid answer counts. */
  readonly answer: (answer: JsonValue, options?: AnswerOptions) => Promise<void>;
}

/**
 * Options of an answer.
 *
 * @example
 * ```ts
 * import type { AnswerOptions } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * const options: AnswerOptions = { by: "ann@example.com" };
 * ```
 */
export interface AnswerOptions {
  /** Who answers, for the log. */
  readonly by?: string | undefined;
}

/**
 * Options of waiting and reading.
 *
 * @example
 * ```ts
 * import type { RunWaitOptions } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * const options: RunWaitOptions = { signal: AbortSignal.timeout(60_000) };
 * ```
 */
export interface RunWaitOptions {
  /** Ends the wait, which rejects with `signal.reason`. The run goes on. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A result with the typed output of the run.
 *
 * @example
 * ```ts
 * import type { FleetResult } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * const titleOf = ({ output }: FleetResult<{ title: string }>): string => output.title;
 * ```
 */
export type FleetResult<Output> = AgentJobResult & {
  /** The output, validated by the schema of the submit; `undefined` without a schema. */
  readonly output: Output;
};

/** What a run needs of its fleet. */
export interface RunContext<Output> {
  readonly store: FleetStore;
  readonly reader: OutputReader<Output> | undefined;
  /** Ends a run that waits in the queue. */
  readonly cancelWaiting: (runId: string) => Promise<void>;
  /** Ends a run whose job has failed for good, if the worker died before it could. */
  readonly endFailed: (runId: string) => Promise<void>;
}

/**
 * A run, wherever its worker is: everything goes through the store.
 *
 * @example
 * ```ts
 * import type { CodexFleet } from "@codex-app-server/sdk/fleet/bullmq";
 *
 * async function watch(fleet: CodexFleet): Promise<void> {
 *   const run = await fleet.submit({ id: "invoice-17", prompt: "Check invoice 17." });
 *   for await (const { seq, event } of run.events()) console.log(seq, event.type);
 * }
 * ```
 */
export class FleetRun<Output = undefined> {
  /** The id of the run. */
  readonly id: string;
  readonly #context: RunContext<Output>;

  /**
   * Wraps a run.
   *
   * @ignore
   */
  constructor(id: string, context: RunContext<Output>) {
    this.id = id;
    this.#context = context;
  }

  /**
   * Yields the events after a number, then those to come, until the run has ended. Reading again from the last number that
   * was seen misses nothing and repeats nothing.
   */
  async *events(
    after = 0,
    options: RunWaitOptions = {},
  ): AsyncGenerator<StoredEvent, void, undefined> {
    for await (const page of this.#pages(after, options.signal)) yield* page;
  }

  /** Yields each question to a person that is open, then those to come, until the run has ended. */
  async *requests(options: RunWaitOptions = {}): AsyncGenerator<FleetRequest, void, undefined> {
    let open = new Map<string, FleetEvent & { readonly type: "request" }>();
    for await (const page of this.#pages(0, options.signal)) {
      for (const { event } of page) {
        if (event.type === "request") open.set(event.requestId, event);
        else if (event.type === "resolved") open.delete(event.requestId);
        else if (event.type === "ended") return;
      }
      if (page.length === PAGE) continue; // more is there already
      const found = open;
      open = new Map();
      for (const [id, { request }] of found) {
        yield { id, request, answer: (answer, how) => this.answer(id, answer, how) };
      }
    }
  }

  /** Answers a question: `"accept"`, `"decline"`, or what its kind takes. The worker uses the first valid answer. */
  async answer(requestId: string, answer: JsonValue, options: AnswerOptions = {}): Promise<void> {
    const { by } = options;
    const message = {
      type: "answer",
      requestId,
      answer,
      ...(by === undefined ? {} : { by }),
    } as const;
    await this.#context.store.post(this.id, message);
  }

  /** Adds input to the running turn, or to the next one. With a key that was used before, it does nothing. */
  async steer(input: TurnInput, options: { readonly key?: string } = {}): Promise<void> {
    await this.#context.store.post(
      this.id,
      { type: "steer", input: input as JsonValue },
      options.key,
    );
  }

  /** Ends the run: a waiting one at once, a running one by interrupting its turn. */
  async cancel(reason?: string): Promise<void> {
    const message = { type: "cancel", ...(reason === undefined ? {} : { reason }) } as const;
    await this.#context.store.post(this.id, message, "cancel");
    await this.#context.cancelWaiting(this.id);
  }

  /** Returns how the run has ended; `undefined` while it has not. */
  async ended(): Promise<AgentJobResult | undefined> {
    for await (const { event } of this.story()) if (event.type === "ended") return event.result;
  }

  /** Yields what is stored about the run so far, without waiting: its whole story. */
  async *story(): AsyncGenerator<StoredEvent, void, undefined> {
    for (let last = 0;;) {
      const page = await this.#context.store.events(this.id, last, PAGE);
      yield* page;
      last = page.at(-1)?.seq ?? last;
      if (page.length < PAGE) return;
    }
  }

  /**
   * Waits for the end of the run.
   *
   * @throws {RunEndedError} if it failed or was cancelled
   * @throws {StructuredOutputError} if its answer does not match the schema; `signal.reason` if the signal fires
   */
  async result(options: RunWaitOptions = {}): Promise<FleetResult<Output>> {
    for await (const page of this.#pages(0, options.signal)) {
      const event = page.at(-1)?.event;
      if (event?.type !== "ended") continue;
      const { result } = event;
      if (result.status !== "completed") throw new RunEndedError(result);
      const { reader } = this.#context;
      return {
        ...result,
        output: (await reader?.read({ ...result, hooks: [] } as never)) as Output,
      };
    }
    throw new Error("unreachable: pages end with the run");
  }

  /** Yields the events page by page; empty pages when there is nothing new after all. */
  async *#pages(
    after: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<StoredEvent[], void, undefined> {
    const { store } = this.#context;
    let wake = (): void => {};
    let isStale = true;
    const unwatch = store.watch(this.id, () => {
      isStale = true;
      wake();
    });
    const stop = onAbort(signal, () => wake());
    try {
      for (let last = after;;) {
        signal?.throwIfAborted();
        isStale = false;
        const page = await store.events(this.id, last, PAGE);
        last = page.at(-1)?.seq ?? last;
        if (page.length > 0) yield page;
        if (page.at(-1)?.event.type === "ended") return;
        if (page.length === PAGE || isStale) continue;
        const isQuiet = await new Promise<boolean>((resolve) => {
          const stopTimer = startTimer(POLL_MS, () => resolve(true));
          wake = () => {
            stopTimer();
            resolve(false);
          };
          if (isStale || signal?.aborted) wake();
        });
        if (isQuiet) await this.#context.endFailed(this.id);
      }
    } finally {
      unwatch();
      stop();
    }
  }
}
