/** The models that the server offers. */
import type { Model, ModelListParams } from "../generated/types.ts";
import type { OptionNames } from "../util/option_names.ts";
import type { CallOptions } from "./call_options.ts";
import type { ClientContext } from "./client_context.ts";
import { checkCallOptions } from "./option_names.ts";
import { entriesOf } from "./pages.ts";

/**
 * Options of `Codex.models()`.
 *
 * @example
 * ```ts
 * import type { ModelsOptions } from "@codex-app-server/sdk/types";
 *
 * const everything: ModelsOptions = { includeHidden: true };
 * ```
 */
export interface ModelsOptions extends CallOptions {
  /**
   * Whether to include models that are hidden from pickers.
   *
   * @default {false}
   */
  readonly includeHidden?: boolean | undefined;
  /** Only the models of this provider. */
  readonly modelProvider?: string | undefined;
}

const MODELS: OptionNames<ModelsOptions> = {
  includeHidden: true,
  modelProvider: true,
  signal: true,
  timeoutMs: true,
};

/** Reads all pages of `model/list`. */
export async function listModels(
  context: ClientContext,
  options: ModelsOptions,
): Promise<Model[]> {
  checkCallOptions("models()", options, MODELS);
  const { signal, timeoutMs, includeHidden = false, modelProvider } = options;
  const models = entriesOf<Model>((cursor) => {
    const params: ModelListParams = {
      includeHidden,
      ...(modelProvider === undefined ? {} : { modelProvider }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    return context.request("model/list", params, { signal, timeoutMs });
  }, { method: "model/list", onDiagnostic: context.connection.onDiagnostic });
  const all: Model[] = [];
  for await (const model of models) all.push(model);
  return all;
}
