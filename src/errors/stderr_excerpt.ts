/** How much of stderr fits into a message that people read, in characters. */
const MAX_LENGTH = 2_048;

/** The last whole lines of what a process wrote to stderr. */
export function stderrExcerpt(stderrTail: string): string {
  const text = stderrTail.trimEnd();
  if (text.length <= MAX_LENGTH) return text;
  const end = text.slice(-MAX_LENGTH);
  const newline = end.indexOf("\n");
  // Without a whole line, the cut may be in the middle of a character.
  return `…\n${newline < 0 ? end.toWellFormed() : end.slice(newline + 1)}`;
}
