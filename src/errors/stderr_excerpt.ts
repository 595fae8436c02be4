/** How much of stderr fits into a message that people read, in characters. */
const MAX_LENGTH = 2_048;

// deno-lint-ignore no-control-regex -- escape sequences begin with a control character
const ANSI_SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])/g;

/** The last whole lines of what a process wrote to stderr, without colours: the runtime colours even a pipe. */
export function stderrExcerpt(stderrTail: string): string {
  const text = stderrTail.replace(ANSI_SEQUENCE, "").trimEnd();
  if (text.length <= MAX_LENGTH) return text;
  const end = text.slice(-MAX_LENGTH);
  const newline = end.indexOf("\n");
  // Without a whole line, the cut may be in the middle of a character.
  return `…\n${newline < 0 ? end.toWellFormed() : end.slice(newline + 1)}`;
}
