/** What an entry point may export, and what it may not. */
export interface Options {
  readonly limit?: number;
}

interface Private {
  readonly state: Map<string, number>;
}

/** Takes what callers have. */
export class Open {
  constructor(_options: Options, _bytes: Uint8Array, _others: readonly Open[]) {}
}

/** Takes what only this package has. */
export class Leaky {
  constructor(_state: readonly Private[]) {}
}

/** Is not constructed outside. */
export class Closed {
  private constructor(_state: Private) {}
}

/** Is exported as a type. */
export class Handle {
  constructor(_state: Private) {}
}

export function make(): Private {
  return { state: new Map() };
}
