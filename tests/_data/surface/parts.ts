/** What an entry point may export, and what it may not. */
export interface Options {
  readonly limit?: number;
}

interface Private {
  readonly state: Map<string, number>;
}

/** Accepts what callers have. */
export class Open {
  constructor(_options: Options, _bytes: Uint8Array, _others: readonly Open[]) {}
}

/** Accepts what only this package has. */
export class Leaky {
  constructor(_state: readonly Private[]) {}
}

/** Not constructed by callers. */
export class Closed {
  private constructor(_state: Private) {}
}
