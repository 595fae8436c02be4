/** Refuses options that do not exist. */
import { isRecord } from "./is_record.ts";

/** The names of all options of a call. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>;

/**
 * Checks that options are an object without unknown names. `hint` says what to use instead of an unknown name, if it knows.
 *
 * @throws {TypeError} if they are not
 */
export function checkOptionNames(
  of: string,
  options: unknown,
  known: Readonly<Record<string, true>>,
  hint: (name: string, known: Readonly<Record<string, true>>) => string | undefined = () =>
    undefined,
): void {
  checkOptionsObject(of, options);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || Object.hasOwn(known, name)) continue;
    const instead = hint(name, known) ?? similar(name, known) ?? listOf(known);
    throw new TypeError(`Unknown option "${name}" of ${of}: ${instead}`);
  }
}

/**
 * Checks that options are an object: a string, spread into params, would become fields.
 *
 * @throws {TypeError} if they are not; the message does not quote them, because they may be a secret
 */
export function checkOptionsObject(
  of: string,
  options: unknown,
): asserts options is Readonly<Record<string, unknown>> {
  if (isRecord(options)) return;
  const got = options === null ? "null" : Array.isArray(options) ? "an array" : typeof options;
  throw new TypeError(`The options of ${of} must be an object, got ${got}`);
}

/** Asks whether a known name was meant: one that differs in case, separators or up to two letters. */
function similar(name: string, known: Readonly<Record<string, true>>): string | undefined {
  const names = Object.keys(known);
  const wanted = plain(name);
  const meant = names.find((one) => plain(one) === wanted) ??
    names.find((one) => one.length > 4 && editDistance(plain(one), wanted) <= 2);
  return meant && `did you mean "${meant}"?`;
}

function listOf(known: Readonly<Record<string, true>>): string {
  if (Object.hasOwn(known, "extraParams")) {
    return 'fields of the protocol that have no option go into "extraParams"';
  }
  return `the options are ${Object.keys(known).join(", ")}`;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, "");
}

/** The number of letters to insert, delete or replace to turn one word into the other; 3 for more than 2. */
function editDistance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > 2) return 3;
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
