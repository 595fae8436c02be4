/** The models that the server offers. */
import type { Model, ModelListParams } from "../generated/types.ts";
import type { ClientContext } from "./client_context.ts";
import { entriesOf } from "./pages.ts";

/**
 * Options of {@linkcode Codex.models}.
 *
 * @example
 * ```ts
 * import type { ModelsOptions } from "@codex-app-server/sdk/types";
 *
 * const everything: ModelsOptions = { includeHidden: true };
 * ```
 */
export interface ModelsOptions {
  /** Also the models that are not offered to everybody; `false` when left out. */
  readonly includeHidden?: boolean | undefined;
  /** Only the models of this provider. */
  readonly modelProvider?: string | undefined;
  /** Gives the request up: it rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for each page until it rejects with `RequestTimeoutError`; 0 waits without a limit. */
  readonly timeoutMs?: number | undefined;
}

/** Reads every page of the models. */
export async function listModels(
  context: ClientContext,
  options: ModelsOptions,
): Promise<Model[]> {
  const { signal, timeoutMs, includeHidden = false, modelProvider } = options;
  const models = entriesOf<Model>((cursor) => {
    const params: ModelListParams = {
      includeHidden,
      ...(modelProvider === undefined ? {} : { modelProvider }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    return context.request("model/list", params, { signal, timeoutMs });
  });
  const all: Model[] = [];
  for await (const model of models) all.push(model);
  return all;
}
