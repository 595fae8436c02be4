/** The provider for the AI SDK. */
import { type LanguageModelV4, NoSuchModelError, type ProviderV4 } from "@ai-sdk/provider";
import { Codex } from "../codex.ts";
import { CodexLanguageModel, type SharedByModels } from "./language_model.ts";
import type { LiveTurn } from "./live_turn.ts";
import {
  checkProviderOptions,
  type CodexModelSettings,
  type CodexProviderOptions,
  modelSettings,
} from "./provider_options.ts";
import { ThreadOpening } from "./thread_opening.ts";

/**
 * A provider of the AI SDK whose models are Codex: call it with the id of a model, or without one for the server's default.
 *
 * @example
 * ```ts
 * import { type CodexProvider, createCodex } from "@codex-app-server/sdk/ai";
 *
 * await using codex: CodexProvider = createCodex();
 * const models = [codex(), codex("gpt-5", { effort: "low" })];
 * ```
 */
export interface CodexProvider extends ProviderV4, AsyncDisposable {
  /**
   * Returns a model; without an id, the server's configuration decides.
   *
   * @throws {TypeError} if a setting is unknown or has the wrong type
   */
  (modelId?: string, settings?: CodexModelSettings): LanguageModelV4;
  /**
   * Returns a model; without an id, the server's configuration decides.
   *
   * @throws {TypeError} if a setting is unknown or has the wrong type
   */
  languageModel(modelId?: string, settings?: CodexModelSettings): LanguageModelV4;
  /** Interrupts the turns that wait for an answer, and closes the provider's own client. */
  close(): Promise<void>;
}

/**
 * Creates a provider for the AI SDK (`ai` 7): `streamText()`, `generateText()` and agents over turns of the app-server. The
 * server starts with the first call.
 *
 * @throws {TypeError} if an option is unknown or has the wrong type
 * @throws {RangeError} if `answerTimeoutMs` is not a number of at least 0
 *
 * @example
 * ```ts
 * import { generateText } from "ai";
 * import { printable } from "@codex-app-server/sdk";
 * import { createCodex } from "@codex-app-server/sdk/ai";
 *
 * async function main(): Promise<void> {
 *   await using codex = createCodex({ thread: { sandbox: "readOnly" } });
 *   const { text } = await generateText({ model: codex(), prompt: "What does this project do?" });
 *   console.log(printable(text));
 * }
 * ```
 */
export function createCodex(options: CodexProviderOptions = {}): CodexProvider {
  checkProviderOptions(options);
  const waiting = new Map<string, LiveTurn>();
  const threads = new ThreadOpening();
  let shared: SharedByModels | undefined;
  const share = (): SharedByModels =>
    shared ??= { codex: options.codex ?? new Codex(options.options), threads, waiting };
  const languageModel = (modelId?: string, settings: CodexModelSettings = {}): LanguageModelV4 =>
    new CodexLanguageModel(modelId, modelSettings(options, settings), share);
  const none = (modelType: "embeddingModel" | "imageModel") => (modelId: string): never => {
    throw new NoSuchModelError({ modelId, modelType });
  };
  const close = async (): Promise<void> => {
    for (const turn of new Set(waiting.values())) {
      turn.abandon(new DOMException("The provider was closed", "AbortError"));
    }
    waiting.clear();
    if (options.codex === undefined) await shared?.codex.close();
  };
  return Object.assign(languageModel, {
    specificationVersion: "v4" as const,
    languageModel,
    embeddingModel: none("embeddingModel"),
    imageModel: none("imageModel"),
    close,
    [Symbol.asyncDispose]: close,
  });
}
