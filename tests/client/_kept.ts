/** What a client keeps, for tests that count it. */
import type { Codex } from "../../mod.ts";
import type { ClientContext } from "../../src/client/client_context.ts";

/** The private state of a client. */
export function kept(codex: Codex): ClientContext {
  return (codex as unknown as { readonly core: { readonly context: ClientContext } }).core.context;
}
