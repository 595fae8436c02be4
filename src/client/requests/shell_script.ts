/** The script in a command that is a shell's call. */
import { type ShellWord, shellWords } from "./shell_words.ts";

/** Shells where the system has them, and the options by which they take a script. */
const SHELL = /^\/(?:usr\/)?bin\/(?:ba|z|da)?sh$/;
const SCRIPT_OPTIONS: readonly string[] = ["-c", "-lc"];

/** The script that a command, as the server shows it, hands to a known shell; `undefined` for any other command. */
export function shellScript(command: string): string | undefined {
  const [shell, option, script, ...others] = shellWords(command) ?? [];
  if (!isText(shell) || !isText(option) || !isText(script) || others.length > 0) return undefined;
  return SHELL.test(shell.text) && SCRIPT_OPTIONS.includes(option.text) ? script.text : undefined;
}

function isText(word: ShellWord | undefined): word is ShellWord {
  return word?.kind === "text";
}
