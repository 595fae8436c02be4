/** Makes text that others wrote safe to show in a terminal. */
import { checkOptionNames, type OptionNames } from "./option_names.ts";

/**
 * Options of {@linkcode printable}.
 *
 * @example
 * ```ts
 * import type { PrintableOptions } from "@codex-app-server/sdk/types";
 *
 * const forTables: PrintableOptions = { oneLine: true };
 * ```
 */
export interface PrintableOptions {
  /**
   * Whether newlines and tabs become `\n` and `\t` too, so that the result is one line.
   *
   * @default {false}
   */
  readonly oneLine?: boolean;
}

const OPTION_NAMES: OptionNames<PrintableOptions> = { oneLine: true };

/**
 * Control codes, invisible characters (zero width, direction, tags), line and paragraph separators and lone surrogates.
 * The emoji form of a pictogram, such as a warning sign, is visible: its selector stays.
 */
const INVISIBLE =
  /(?<!\p{Extended_Pictographic})\ufe0f|(?!\ufe0f)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Returns the text with control codes and invisible characters as visible escapes, such as `\x1b`, `\r` and `\u202e`.
 *
 * Pass what the agent, a command or a file says through it before you print it: otherwise it can overwrite lines, hide a
 * part of a command or change the terminal's title. Newlines and tabs stay, unless `oneLine` is set. Streamed text can be
 * passed piece by piece. Letters that only look alike stay as they are.
 *
 * @throws {TypeError} if the text is not a string, or an option has the wrong type
 *
 * @example
 * ```ts
 * import { printable } from "@codex-app-server/sdk";
 *
 * console.log(printable("rm -rf x #\r\x1b[2K$ ls")); // rm -rf x #\r\x1b[2K$ ls
 * console.log(printable("true\nrm -rf x", { oneLine: true })); // true\nrm -rf x
 * ```
 */
export function printable(text: string, options: PrintableOptions = {}): string {
  if (typeof text !== "string") {
    throw new TypeError(`printable() needs a string, got ${text === null ? "null" : typeof text}`);
  }
  checkOptionNames("printable()", options, OPTION_NAMES);
  const { oneLine = false } = options;
  if (typeof oneLine !== "boolean") {
    throw new TypeError(`"oneLine" must be a boolean, got ${typeof oneLine}`);
  }
  return text.replace(INVISIBLE, (found) => {
    if (!oneLine && (found === "\n" || found === "\t")) return found;
    return NAMED[found] ?? escapeOf(found.codePointAt(0) ?? 0);
  });
}

function escapeOf(code: number): string {
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}
