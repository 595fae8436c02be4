/** The size of a terminal, checked before the server would refuse it. */
import type { CommandExecTerminalSize } from "../../generated/types.ts";

/**
 * The size of a terminal in characters, each from 1 to 65,535.
 *
 * @example
 * ```ts
 * import type { TerminalSize } from "@codex-app-server/sdk/types";
 *
 * const size: TerminalSize = { rows: 24, cols: 80 };
 * ```
 */
export interface TerminalSize {
  /** How many lines it has. */
  readonly rows: number;
  /** How many characters a line has. */
  readonly cols: number;
}

/** The wire holds them in 16 bits. */
const MAX = 65_535;

/**
 * The size as the wire has it.
 *
 * @throws {TypeError} when it is no object
 * @throws {RangeError} when rows or columns are no integer from 1 to 65,535
 */
export function terminalSize(size: TerminalSize): CommandExecTerminalSize {
  if (typeof size !== "object" || size === null) {
    throw new TypeError(
      `The size must be an object of rows and cols, got ${JSON.stringify(size)}`,
    );
  }
  return { rows: checked("rows", size.rows), cols: checked("cols", size.cols) };
}

function checked(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= MAX) return value;
  throw new RangeError(`"${name}" must be an integer from 1 to ${MAX}, got ${String(value)}`);
}
