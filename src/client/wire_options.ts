/** Options that are fields of the wire. */

/**
 * Fields of the wire of which each may also be `undefined`, which is never sent.
 *
 * @example
 * ```ts
 * import type { WireOptions } from "@codex-app-server/sdk/types";
 *
 * type Paging = WireOptions<{ limit?: number; cursor?: string }>;
 *
 * const firstPage: Paging = { limit: 20, cursor: undefined };
 * ```
 */
export type WireOptions<Params> = { readonly [Name in keyof Params]: Params[Name] | undefined };
