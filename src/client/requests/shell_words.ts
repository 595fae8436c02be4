/** Splits a shell command into words, as far as it is made of plain words alone. */

/** A word, or what stands between two commands. */
export interface ShellWord {
  readonly kind: "text" | "separator";
  readonly text: string;
}

/** What a word may be made of without quotes: nothing that a shell expands, redirects or runs. */
const PLAIN = /^[\w@%+:,./~-]$/;
/** What may stand in double quotes without a meaning of its own. */
const SPECIAL_IN_QUOTES = /[$`!\\]/;
/** What a backslash in double quotes takes the meaning from. */
const ESCAPED_IN_QUOTES = /^[$`"\\]$/;

/**
 * The words of a command; `undefined` when anything in it means more to a shell than a word: expansions, wildcards,
 * redirections, comments, several lines, or a quote that does not end.
 */
export function shellWords(command: string): ShellWord[] | undefined {
  const words: ShellWord[] = [];
  let text: string | undefined;
  const endWord = (): void => {
    if (text !== undefined) words.push({ kind: "text", text });
    text = undefined;
  };
  for (let at = 0; at < command.length; at++) {
    const char = command.charAt(at);
    if (char === " " || char === "\t") endWord();
    else if (char === "'") {
      const end = command.indexOf("'", at + 1);
      if (end < 0) return undefined;
      text = (text ?? "") + command.slice(at + 1, end);
      at = end;
    } else if (char === '"') {
      const quoted = doubleQuoted(command, at + 1);
      if (quoted === undefined) return undefined;
      text = (text ?? "") + quoted.text;
      at = quoted.end;
    } else if (char === "|" || char === ";" || command.startsWith("&&", at)) {
      endWord();
      if (char === "&") at++;
      else if (command.charAt(at + 1) === char || command.charAt(at + 1) === "&") return undefined;
      words.push({ kind: "separator", text: char });
    } else if (PLAIN.test(char)) text = (text ?? "") + char;
    else return undefined;
  }
  endWord();
  return words;
}

/** The text up to the closing quote; `undefined` when a shell would expand something in it. */
function doubleQuoted(
  command: string,
  start: number,
): { readonly text: string; readonly end: number } | undefined {
  let text = "";
  for (let at = start; at < command.length; at++) {
    const char = command.charAt(at);
    if (char === '"') return { text, end: at };
    if (char === "\\" && ESCAPED_IN_QUOTES.test(command.charAt(at + 1))) {
      text += command.charAt(++at);
    } else if (SPECIAL_IN_QUOTES.test(char)) return undefined;
    else text += char;
  }
  return undefined;
}
