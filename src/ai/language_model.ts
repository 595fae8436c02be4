/** A language model of the AI SDK whose calls are turns of a thread. */
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
  SharedV4Warning,
} from "@ai-sdk/provider";
import { InvalidPromptError } from "@ai-sdk/provider";
import { text } from "../client/input/input.ts";
import type { Codex } from "../codex.ts";
import { readSettings, turnOptions } from "./call_settings.ts";
import { contentOf } from "./content.ts";
import { LiveTurn } from "./live_turn.ts";
import { modelError } from "./model_errors.ts";
import { outputFormat } from "./output_format.ts";
import { type DividedPrompt, dividePrompt } from "./prompt.ts";
import { callOptions, type CodexModelSettings } from "./provider_options.ts";
import type { ThreadOpening } from "./thread_opening.ts";

type Part = LanguageModelV4StreamPart;

/** Ten minutes. */
const ANSWER_TIMEOUT_MS = 600_000;

/** What the models of one provider share. */
export interface SharedByModels {
  readonly codex: Codex;
  readonly threads: ThreadOpening;
  /** The turns that wait for an answer, by the ids of what they wait for. */
  readonly waiting: Map<string, LiveTurn>;
}

/** A step of a turn that has begun. */
interface BegunStep {
  readonly turn: LiveTurn;
  readonly warnings: SharedV4Warning[];
  /** Whether the thread is continued, and so keeps the messages of a failed attempt. */
  readonly keepsMessage: boolean;
}

/** A model of the provider. */
export class CodexLanguageModel implements LanguageModelV4 {
  /** The version of the specification. */
  readonly specificationVersion = "v4" as const;
  /** The id of the provider. */
  readonly provider = "codex";
  /** The id of the model; `default` if the server's configuration decides. */
  readonly modelId: string;
  /** None: the AI SDK downloads files from URLs. */
  readonly supportedUrls: Record<string, RegExp[]> = {};
  readonly #shared: () => SharedByModels;
  readonly #settings: CodexModelSettings;
  readonly #model: string | undefined;

  /** Creates a model; without an id, the server's configuration decides. */
  constructor(
    modelId: string | undefined,
    settings: CodexModelSettings,
    shared: () => SharedByModels,
  ) {
    this.modelId = modelId ?? "default";
    this.#model = modelId;
    this.#settings = settings;
    this.#shared = shared;
  }

  /** Runs a turn, or the next step of one that waits, and returns all it produced. */
  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    const { step, warnings, turnId, fail } = await this.#begin(options, true);
    const parts: Part[] = [];
    try {
      for await (const part of step) parts.push(part);
    } catch (error) {
      throw fail(error);
    }
    const finish = parts.at(-1);
    if (finish?.type !== "finish") throw new TypeError("The step ended without a finish");
    const { finishReason, usage, providerMetadata } = finish;
    return {
      content: contentOf(parts),
      finishReason,
      usage,
      warnings,
      response: { id: turnId, modelId: this.modelId },
      ...(providerMetadata === undefined ? {} : { providerMetadata }),
    };
  }

  /** Runs a turn, or the next step of one that waits, and streams it. */
  async doStream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    const { step, warnings, turn, turnId, fail } = await this.#begin(options, false);
    // A failure before the first part rejects, so that the AI SDK can try again.
    let first: IteratorResult<Part, void> | undefined = await step.next().catch((error) => {
      throw fail(error);
    });
    const stream = new ReadableStream<Part>({
      start: (controller) => {
        controller.enqueue({ type: "stream-start", warnings });
        controller.enqueue({ type: "response-metadata", id: turnId, modelId: this.modelId });
      },
      pull: async (controller) => {
        try {
          const { done, value } = first ?? await step.next();
          first = undefined;
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          controller.error(fail(error));
        }
      },
      cancel: async (reason) => {
        turn.abandon(reason ?? new DOMException("The stream was cancelled", "AbortError"));
        await step.return().catch(() => {});
      },
    }, { highWaterMark: 0 });
    return { stream };
  }

  async #begin(options: LanguageModelV4CallOptions, repeatsCalls: boolean): Promise<
    BegunStep & {
      readonly step: AsyncGenerator<Part, void, undefined>;
      readonly turnId: string;
      readonly fail: (error: unknown) => unknown;
    }
  > {
    const { abortSignal: signal } = options;
    signal?.throwIfAborted();
    const begun = await this.#turnFor(options).catch((error) => {
      throw modelError(error, signal, { method: "turn/start", keepsMessage: true });
    });
    const { turn, keepsMessage } = begun;
    const { waiting } = this.#shared();
    const step = turn.step({ ...options, repeatsCalls }, () => {
      const ids = turn.waiting;
      for (const id of ids) waiting.set(id, turn);
      return () => ids.forEach((id) => waiting.delete(id));
    });
    const fail = (error: unknown): unknown =>
      modelError(error, signal, { method: "turn/completed", keepsMessage });
    return { ...begun, step, turnId: turn.turnId, fail };
  }

  /** Returns the turn that waits for what the prompt answers, or starts one. */
  async #turnFor(options: LanguageModelV4CallOptions): Promise<BegunStep> {
    const { abortSignal: signal, prompt } = options;
    const divided = dividePrompt(prompt);
    const { tools, warnings } = readSettings(options);
    const { waiting } = this.#shared();
    const asked = [
      ...divided.results.map(({ toolCallId }) => toolCallId),
      ...divided.approvals.map(({ approvalId }) => approvalId),
    ];
    const turn = asked.map((id) => waiting.get(id)).find((one) => one !== undefined);
    if (turn !== undefined) {
      await turn.answer(divided, signal);
      return { turn, warnings, keepsMessage: true };
    }
    this.#abandon(divided);
    const format = outputFormat(options.responseFormat);
    warnings.push(...format.warnings);
    const instruction = format.instruction === undefined ? [] : [text(format.instruction)];
    const input = [...divided.input, ...instruction];
    if (divided.input.length === 0) {
      const message = asked.length > 0
        ? "The turn that waited for this answer has ended: it was interrupted, its answerTimeoutMs is over, or another " +
          "process runs it. Send the user's message again"
        : "The prompt must end with a message of the user";
      throw new InvalidPromptError({ prompt, message });
    }
    return await this.#start({ options, divided, tools, warnings, format, input });
  }

  async #start({ options, divided, tools, warnings, format, input }: {
    readonly options: LanguageModelV4CallOptions;
    readonly divided: DividedPrompt;
    readonly tools: ReturnType<typeof readSettings>["tools"];
    readonly warnings: SharedV4Warning[];
    readonly format: ReturnType<typeof outputFormat>;
    readonly input: readonly ReturnType<typeof text>[] | DividedPrompt["input"];
  }): Promise<BegunStep> {
    const { abortSignal: signal, reasoning, providerOptions } = options;
    const { codex, threads, waiting } = this.#shared();
    const settings = this.#settings;
    const call = callOptions(providerOptions?.["codex"]);
    const { toolApprovals = false, approvals, answerTimeoutMs = ANSWER_TIMEOUT_MS } = settings;
    const turn = new LiveTurn({ tools, format, toolApprovals, approvals, answerTimeoutMs });
    const wanted = { modelId: this.#model, settings, call, tools, signal, ...divided };
    const thread = await threads.open(codex, wanted, warnings);
    // A turn of the thread that nobody answers any more would keep it busy.
    for (const other of new Set(waiting.values())) {
      if (other.threadId === thread.id) giveUp(other);
    }
    const ofTurn = turnOptions(this.#model, settings, call, { reasoning, format });
    await turn.start(thread, input, ofTurn, signal);
    const busy = new Set([thread.id, ...[...waiting.values()].map((one) => one.threadId)]);
    await threads.trim((id) => busy.has(id));
    return { turn, warnings, keepsMessage: call.threadId !== undefined };
  }

  /** Interrupts the turns that the conversation has left behind without an answer. */
  #abandon({ history }: DividedPrompt): void {
    const { waiting } = this.#shared();
    for (const message of history) {
      if (message.role !== "assistant") continue;
      for (const part of message.content) {
        const turn = part.type === "tool-call" ? waiting.get(part.toolCallId) : undefined;
        if (turn !== undefined) giveUp(turn);
      }
    }
  }
}

function giveUp(turn: LiveTurn): void {
  turn.abandon(new DOMException("The conversation went on without an answer", "AbortError"));
}
