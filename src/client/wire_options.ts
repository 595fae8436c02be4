/** Options that are fields of the wire. */

/** Fields of the wire of which each may also be `undefined`, which is never sent. */
export type WireOptions<Params> = { readonly [Name in keyof Params]: Params[Name] | undefined };
