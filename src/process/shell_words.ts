/** Words for a shell of another machine. */

/**
 * Quotes words for a command line, each as one word, whatever it contains. The result means the same in `sh`, `bash`, `zsh`,
 * `ksh` and `fish`; without newlines, also in `csh`. Quotes, backslashes and exclamation marks lie outside the single quotes,
 * where these shells agree on them.
 */
export function quoteWords(words: readonly string[]): string {
  return words.map(quote).join(" ");
}

function quote(word: string): string {
  if (/^[\w./:=@%+,-]+$/.test(word)) return word;
  const quoted = word.split(/([\\'!])/).map((part, index) =>
    index % 2 === 1 ? `\\${part}` : part === "" ? "" : `'${part}'`
  );
  return quoted.join("") || "''";
}
