/** The regular expressions that strict mode cannot match. */

/** An escape, or a class: in neither a letter of the syntax means what it does elsewhere. */
const ESCAPE_OR_CLASS = /\\.|\[(?:\\.|[^\\\]])*\]/gsu;

/** Whether a pattern has a look-ahead or a look-behind, which is refused. */
export function looksAround(pattern: unknown): boolean {
  return typeof pattern === "string" && /\(\?<?[=!]/.test(pattern.replace(ESCAPE_OR_CLASS, ""));
}

/** Whether a pattern matches once more what a group has matched: it is nowhere said to be supported. */
export function refersBack(pattern: unknown): boolean {
  if (typeof pattern !== "string") return false;
  return (pattern.match(ESCAPE_OR_CLASS) ?? []).some((part) => /^\\[1-9k]/.test(part));
}
