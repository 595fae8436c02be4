/** Reads shell commands as far as they consist of plain words. */

/** A word, or the separator between two commands. */
export interface ShellWord {
  readonly kind: "text" | "separator";
  readonly text: string;
}

/** The characters of an unquoted word: none that a shell expands, redirects or runs. */
const PLAIN = /^[\w@%+:,./~-]$/;
/** The characters that have a meaning in double quotes. */
const SPECIAL_IN_QUOTES = /[$`!\\]/;
/** The characters that a backslash in double quotes escapes. */
const ESCAPED_IN_QUOTES = /^[$`"\\]$/;

/**
 * Splits a command into words; `undefined` if it contains anything else: expansions, wildcards, redirections, comments,
 * several lines, or an unterminated quote.
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

/** The text up to the closing quote; `undefined` if a shell would expand something in it. */
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

/** Shells at their system paths, and the options that run a script. */
const SHELL = /^\/(?:usr\/)?bin\/(?:ba|z|da)?sh$/;
const SCRIPT_OPTIONS: readonly string[] = ["-c", "-lc"];

/** Returns the script that a command passes to a known shell; `undefined` for any other command. */
export function shellScript(command: string): string | undefined {
  const [shell, option, script, ...others] = shellWords(command) ?? [];
  if (!isText(shell) || !isText(option) || !isText(script) || others.length > 0) return undefined;
  return SHELL.test(shell.text) && SCRIPT_OPTIONS.includes(option.text) ? script.text : undefined;
}

function isText(word: ShellWord | undefined): word is ShellWord {
  return word?.kind === "text";
}
