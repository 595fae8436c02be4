/** A turn that lasts over several calls of a model: it waits while the AI SDK runs tools or asks people. */
import type {
  JSONValue,
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  LanguageModelV4StreamPart,
  LanguageModelV4ToolResultOutput,
} from "@ai-sdk/provider";
import type { RunInput } from "../client/input/input.ts";
import type { EventStream } from "../client/events/live_stream.ts";
import type { ApprovalPolicy } from "../client/requests/policies.ts";
import type { ServerRequestHandler } from "../client/requests/handler_scope.ts";
import type { ApprovalRequest } from "../client/requests/request_kinds.ts";
import type { ApprovalDecision } from "../client/requests/user_request.ts";
import type { Thread } from "../client/threads/thread.ts";
import { callTool } from "../client/tools/tool_call.ts";
import { readToolInput } from "../client/tools/tool.ts";
import type { TurnHandle } from "../client/turns/turn_handle.ts";
import type { TurnOptions } from "../client/turns/turn_options.ts";
import type { DynamicToolCallResponse, TokenUsageBreakdown } from "../generated/types.ts";
import type { ServerNotification } from "../protocol/notification.ts";
import type { ReadSchema } from "../schema/schema.ts";
import { abortable } from "../util/abortable.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { onAbort } from "../util/on_abort.ts";
import { startTimer } from "../util/timer.ts";
import type { OutputFormat } from "./output_format.ts";
import { PartWriter } from "./part_writer.ts";
import type { DividedPrompt } from "./prompt.ts";
import { StepEnd } from "./step_end.ts";
import { toolAnswer } from "./tool_answer.ts";
import { combine, modelUsage, NO_TOKENS } from "./usage.ts";

type Part = LanguageModelV4StreamPart;

/** A call of a tool of the AI SDK, or an approval, that has arrived and is not answered. */
type Question =
  | {
    readonly kind: "call";
    /** The id of the call's item. */
    readonly itemId: string;
    readonly name: string;
    readonly args: JSONValue;
    readonly answer: Deferred<LanguageModelV4ToolResultOutput>;
  }
  | {
    readonly kind: "approval";
    readonly request: ApprovalRequest;
    /** The id of the call that stands for it; of its item, if it has one. */
    callId?: string;
    readonly answer: Deferred<ApprovalDecision>;
  };

/** What a live turn needs besides its thread. */
export interface LiveTurnOptions {
  readonly tools: readonly LanguageModelV4FunctionTool[];
  readonly format: OutputFormat;
  /** Whether approvals become tool approval requests. */
  readonly toolApprovals: boolean;
  /** Decides on approvals first. */
  readonly approvals: ApprovalPolicy | undefined;
  readonly answerTimeoutMs: number;
}

/** What one step of a turn writes. */
export interface StepOptions extends Pick<LanguageModelV4CallOptions, "includeRawChunks"> {
  /** Whether the result of a call that an earlier step has shown repeats the call: `generateText()` refuses it otherwise. */
  readonly repeatsCalls: boolean;
}

/** A turn, over all calls of the model that it takes. */
export class LiveTurn {
  readonly #options: LiveTurnOptions;
  readonly #inputs: ReadonlyMap<string, ReadSchema<unknown>>;
  readonly #stop = new AbortController();
  readonly #end = new StepEnd((name) => this.#inputs.has(name));
  /** What has arrived and was not shown yet. */
  readonly #arrived: Question[] = [];
  /** What was shown and waits, by the id of the call or the approval. */
  readonly #waiting = new Map<string, Question>();
  /** The decisions on approvals that no item stands for: nothing else tells how they ended. */
  readonly #decided: (Extract<Question, { kind: "approval" }> & { readonly approved: boolean })[] =
    [];
  #wake = deferred<void>();
  #handle: TurnHandle | undefined;
  #events: EventStream | undefined;
  #event: Promise<IteratorResult<ServerNotification, undefined>> | undefined;
  /** Whether the event that is waited for has arrived. */
  #hasEvent = false;
  #writer: PartWriter | undefined;
  #reported: TokenUsageBreakdown = NO_TOKENS;
  #stopWaiting: () => void = () => {};
  #stopListening: () => void = () => {};
  /** Makes the provider forget that the turn waits. */
  #forget: () => void = () => {};

  /**
   * Reads the schemas of the tools.
   *
   * @throws {InvalidSchemaError} if one is not the schema of an object
   */
  constructor(options: LiveTurnOptions) {
    this.#options = options;
    this.#inputs = new Map(
      options.tools.map(({ name, inputSchema }) =>
        [name, readToolInput(name, inputSchema as Record<string, unknown>)] as const
      ),
    );
  }

  /** The ids of the calls and approvals that wait for an answer. */
  get waiting(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  /** Starts the turn. */
  async start(
    thread: Thread,
    input: RunInput,
    options: TurnOptions,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    this.#listen(signal);
    const { toolApprovals, approvals } = this.#options;
    const handle = await thread.turn(input, {
      ...options,
      whenBusy: "queue",
      signal: this.#stop.signal,
      ...(toolApprovals || approvals ? { approvals: (request) => this.#approve(request) } : {}),
      ...(this.#inputs.size === 0 ? {} : { handlers: { "item/tool/call": this.#onCall } }),
    });
    this.#handle = handle;
    this.#events = handle.stream({ onLeave: "detach" });
    const isClientTool = (name: string): boolean => this.#inputs.has(name);
    const turn = { threadId: handle.threadId, turnId: handle.id, isClientTool };
    this.#writer = new PartWriter(turn, this.#options.format);
  }

  /** The id of the thread. */
  get threadId(): string {
    return this.#started.handle.threadId;
  }

  /** The id of the turn. */
  get turnId(): string {
    return this.#started.handle.id;
  }

  /** Interrupts the turn, whoever waits for it. */
  abandon(reason: unknown): void {
    this.#stopWaiting();
    this.#stopListening();
    this.#forget();
    this.#stop.abort(reason);
  }

  /** Answers what waits, and adds what the user says meanwhile. */
  async answer({ results, approvals, input }: DividedPrompt, signal?: AbortSignal): Promise<void> {
    this.#stopWaiting();
    this.#forget();
    this.#listen(signal);
    if (input.length > 0) await this.#started.handle.steer(input, { signal: this.#stop.signal });
    for (const { toolCallId, output } of results) {
      const question = this.#waiting.get(toolCallId);
      if (question?.kind !== "call") continue;
      this.#waiting.delete(toolCallId);
      question.answer.resolve(output);
    }
    for (const { approvalId, approved } of approvals) {
      const question = this.#waiting.get(approvalId);
      if (question?.kind !== "approval") continue;
      this.#waiting.delete(approvalId);
      if (question.request.item === undefined) this.#decided.push({ ...question, approved });
      question.answer.resolve(approved ? "accept" : "decline");
    }
  }

  /**
   * Yields the parts of one step, up to its `finish`. A step ends with the turn, or when something waits and the model says
   * nothing more. `onWait` is called before the last part of a step that leaves something waiting.
   *
   * @throws what the turn rejects with, or the reason of the abort
   */
  async *step(
    { includeRawChunks = false, repeatsCalls }: StepOptions,
    onWait: () => () => void,
  ): AsyncGenerator<Part, void, undefined> {
    const { handle, writer } = this.#started;
    this.#end.startStep();
    writer.startStep(repeatsCalls);
    for (const { callId = "", request: { kind, params }, approved } of this.#decided.splice(0)) {
      yield* writer.otherCall(callId, kind, params as unknown as JSONValue);
      yield* writer.result(callId, kind, { approved });
    }
    for (;;) {
      const next = await this.#next();
      if (next === "ended") break;
      if (next === "quiet") return yield* this.#wait(onWait);
      if ("kind" in next) {
        yield* this.#ask(next);
      } else {
        this.#end.event(next);
        if (includeRawChunks) yield { type: "raw", rawValue: next };
        yield* writer.event(next);
      }
      if (this.#arrived.length === 0 && this.#end.isReached) return yield* this.#wait(onWait);
    }
    this.#stopListening();
    const result = await handle.run();
    this.#waiting.clear();
    yield* await writer.endTurn(result.items);
    const { status, durationMs, usage } = result;
    const unified = status === "completed" ? "stop" : "interrupted";
    yield {
      type: "finish",
      finishReason: { unified, raw: status },
      usage: modelUsage(this.#unreported(usage?.turn)),
      providerMetadata: writer.metadata({ status, durationMs }),
    };
  }

  /** Ends a step while something waits. */
  *#wait(onWait: () => () => void): Generator<Part, void, undefined> {
    const { handle, writer } = this.#started;
    const { answerTimeoutMs } = this.#options;
    this.#stopWaiting = startTimer(answerTimeoutMs, () => {
      const message = `No answer came within ${answerTimeoutMs} ms`;
      this.abandon(new DOMException(message, "TimeoutError"));
    });
    this.#forget = onWait();
    yield* writer.endStep();
    const tokens = this.#end.tokens ?? handle.partialResult().usage?.turn;
    yield {
      type: "finish",
      finishReason: { unified: "tool-calls", raw: "inProgress" },
      usage: modelUsage(this.#unreported(tokens)),
      providerMetadata: writer.metadata({ status: "inProgress" }),
    };
  }

  get #started(): { handle: TurnHandle; events: EventStream; writer: PartWriter } {
    const [handle, events, writer] = [this.#handle, this.#events, this.#writer];
    if (handle === undefined || events === undefined || writer === undefined) {
      throw new TypeError("The turn was not started");
    }
    return { handle, events, writer };
  }

  /** Returns what comes next: the events first, as what they say was said before a question arrived. */
  async #next(): Promise<ServerNotification | Question | "ended" | "quiet"> {
    const { signal } = this.#stop;
    for (;;) {
      signal.throwIfAborted();
      const event = this.#readEvent();
      if (this.#arrived.length > 0 && !this.#hasEvent && this.#started.events.pending === 0) {
        const question = this.#arrived.shift();
        if (question !== undefined) return question;
      }
      const quiet = deferred<"quiet">();
      const stopTimer = this.#waiting.size === 0
        ? () => {}
        : startTimer(this.#end.quietMs, () => quiet.resolve("quiet"));
      const woken = this.#wake.promise.then(() => "woken" as const);
      try {
        const first = await abortable(Promise.race([event, woken, quiet.promise]), signal);
        if (first === "quiet") return first;
        if (first === "woken") {
          this.#wake = deferred<void>();
          continue;
        }
        this.#event = undefined;
        this.#hasEvent = false;
        return first.done ? "ended" : first.value;
      } finally {
        stopTimer();
      }
    }
  }

  /** Reads the next event, once, however often it is waited for. */
  #readEvent(): Promise<IteratorResult<ServerNotification, undefined>> {
    return this.#event ??= this.#started.events.next().finally(() => this.#hasEvent = true);
  }

  /** Shows a question. */
  *#ask(question: Question): Generator<Part, void, undefined> {
    const { writer } = this.#started;
    if (question.kind === "call") {
      const { itemId, name: toolName, args } = question;
      const toolCallId = writer.callId(itemId);
      this.#waiting.set(toolCallId, question);
      this.#end.asked(itemId);
      const providerMetadata = writer.metadata({ itemId });
      const input = JSON.stringify(args);
      yield { type: "tool-input-start", id: toolCallId, toolName, providerMetadata };
      yield { type: "tool-input-delta", id: toolCallId, delta: input };
      yield { type: "tool-input-end", id: toolCallId };
      yield { type: "tool-call", toolCallId, toolName, input, providerMetadata };
      return;
    }
    const { request } = question;
    if (request.state !== "open") return;
    const { item, kind, params } = request;
    const shown = item === undefined ? [] : writer.call(item);
    const id = item?.id ?? `${kind} ${request.id}`;
    yield* item === undefined ? writer.otherCall(id, kind, params as unknown as JSONValue) : shown;
    question.callId = id;
    const approvalId = `approval_${crypto.randomUUID().replaceAll("-", "")}`;
    this.#waiting.set(approvalId, question);
    this.#end.asked();
    const { reason } = request;
    yield {
      type: "tool-approval-request",
      approvalId,
      toolCallId: writer.callId(id),
      providerMetadata: writer.metadata({ kind, reason, itemId: id }),
    };
  }

  /** Answers a call of one of the AI SDK's tools, and passes on the others. */
  readonly #onCall: ServerRequestHandler<"item/tool/call"> = (params, { signal }) => {
    const { namespace, tool: name, callId: itemId, arguments: args } = params;
    const input = this.#inputs.get(name);
    if (input === undefined || namespace != null) return undefined;
    const run = (): Promise<unknown> => {
      const answer = deferred<LanguageModelV4ToolResultOutput>();
      this.#arrive({ kind: "call", itemId, name, args: args as JSONValue, answer });
      return answer.promise.then(toolAnswer);
    };
    return callTool({ label: name, input, run, timeoutMs: 0 }, {
      args,
      signal,
      // The tool is not here, but where the AI SDK is.
      context: { thread: undefined, turn: undefined, turnId: "", callId: itemId } as never,
      onProgress: () => {},
      onQuestion: () => Promise.resolve([]),
      onError: () => {},
    }) as Promise<DynamicToolCallResponse>;
  };

  async #approve(request: ApprovalRequest): Promise<ApprovalDecision | undefined> {
    const decision = await this.#options.approvals?.(request);
    if (decision !== undefined || !this.#options.toolApprovals) return decision;
    const answer = deferred<ApprovalDecision>();
    this.#arrive({ kind: "approval", request, answer });
    return await answer.promise;
  }

  #arrive(question: Question): void {
    this.#arrived.push(question);
    this.#wake.resolve();
  }

  #listen(signal: AbortSignal | undefined): void {
    this.#stopListening();
    if (signal?.aborted) this.abandon(signal.reason);
    this.#stopListening = onAbort(signal, () => this.abandon(signal?.reason));
  }

  /** Returns the tokens that no step has reported. */
  #unreported(tokens: TokenUsageBreakdown | undefined): TokenUsageBreakdown | undefined {
    if (tokens === undefined) return undefined;
    const rest = combine(tokens, this.#reported, (all, reported) => Math.max(0, all - reported));
    this.#reported = combine(tokens, this.#reported, Math.max);
    return rest;
  }
}
