/** What a shell runs, out of the command line that starts it. */

/** A part of a word: quoted in one of two ways, or not. */
const PART = /'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^\s'"\\]+)/gy;

/** Returns the script of `/bin/bash -lc '…'`; any other command stays whole. */
export function scriptOf(command: string): string {
  const [shell = "", flag, script, ...rest] = wordsOf(command) ?? [];
  const isShell = /(?:^|\/)(?:ba|z|da)?sh$/.test(shell) && /^-l?c$/.test(flag ?? "");
  return isShell && script !== undefined && rest.length === 0 ? script : command;
}

/** Returns the words of a command line; `undefined` if it is not plainly quoted. */
function wordsOf(command: string): string[] | undefined {
  const words: string[] = [];
  let at = 0;
  while (at < command.length) {
    let word = "";
    while (at < command.length && !/\s/.test(command[at] ?? "")) {
      PART.lastIndex = at;
      const found = PART.exec(command);
      if (found === null) return undefined;
      const [whole, single, double, escaped, plain] = found;
      word += single ?? double?.replaceAll(/\\([$`"\\])/g, "$1") ?? escaped ?? plain ?? "";
      at += whole.length;
    }
    words.push(word);
    while (/\s/.test(command[at] ?? "")) at++;
  }
  return words;
}
