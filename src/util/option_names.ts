/** Refuses options that do not exist. */
import { isRecord } from "./is_record.ts";

/** The names of all options of a call. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>;

/**
 * Checks that options are an object without unknown names. `hint` returns what to use instead of an unknown name, if known.
 *
 * @throws {TypeError} if they are not an object, or if a name is unknown
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
 * Checks that options are an object. A string would be spread into params as one field per character.
 *
 * @throws {TypeError} if they are not; the message does not quote the value, which may be a secret
 */
export function checkOptionsObject(
  of: string,
  options: unknown,
): asserts options is Readonly<Record<string, unknown>> {
  if (isRecord(options)) return;
  const got = options === null ? "null" : Array.isArray(options) ? "an array" : typeof options;
  throw new TypeError(`The options of ${of} must be an object, got ${got}`);
}

/** Suggests a known name that differs only in case, separators or at most two letters. */
function similar(name: string, known: Readonly<Record<string, true>>): string | undefined {
  const names = Object.keys(known);
  const wanted = plain(name);
  const meant = names.find((it) => plain(it) === wanted) ??
    names.find((it) => it.length > 4 && editDistance(plain(it), wanted) <= 2);
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

/** Returns the edit distance of two words, capped at 3. */
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
