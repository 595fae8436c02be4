/** Tells whether a script of a shell can only read. Where there is any doubt, the answer is no. */
import { shellWords } from "./shell_words.ts";

/** Programs that write nothing and run nothing, whatever their options. */
const READERS: ReadonlySet<string> = new Set([
  "cat",
  "head",
  "tail",
  "wc",
  "nl",
  "ls",
  "pwd",
  "stat",
  "cut",
  "basename",
  "dirname",
  "realpath",
  "readlink",
  "grep",
  "egrep",
  "fgrep",
]);

/** What some programs must not be given: options that run or write something. */
const CHECKS: Readonly<Record<string, (args: readonly string[]) => boolean>> = {
  cd: (args) => args.length === 1,
  rg: (args) =>
    !args.some((arg) => /^--(?:pre|hostname-bin|search-zip)/.test(arg) || /^-[^-]*z/.test(arg)),
  find: (args) => !args.some((arg) => /^-(?:exec|ok|delete|fprint|fls)/.test(arg)),
  // The script, a range of lines to print, and files; anything else may write or run something.
  sed: ([quiet, script = "", ...files]) =>
    quiet === "-n" && /^\d+(?:,\d+)?p$/.test(script) &&
    files.every((file) => !file.startsWith("-")),
};

/** Whether a script of a shell does nothing but read. */
export function isReadOnlyScript(script: string): boolean {
  return commandsOf(script)?.every(isReader) ?? false;
}

function isReader([program, ...args]: readonly string[]): boolean {
  if (program === undefined) return false;
  const check = Object.hasOwn(CHECKS, program) ? CHECKS[program] : undefined;
  return READERS.has(program) || check?.(args) === true;
}

/** The commands of a script that stand next to each other by `|`, `&&` or `;`; `undefined` for a script with more to it. */
function commandsOf(script: string): string[][] | undefined {
  const words = shellWords(script);
  if (words === undefined) return undefined;
  const commands: string[][] = [[]];
  for (const word of words) {
    if (word.kind === "text") commands.at(-1)?.push(word.text);
    else commands.push([]);
  }
  return commands;
}
