/** How to start a program on a platform, which is a parameter so that each one can be tested anywhere. */

/** The arguments of `spawn` from `node:child_process`. */
export interface StartCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Whether the system's shell must start it. */
  readonly shell: boolean;
}

/** The programs that npm installs as batch files on Windows, which are not executables. */
const BATCH_FILES: readonly string[] = ["npm", "npx"];

/**
 * Returns the command for a platform: on Windows, `npm` is `npm.cmd`, which Node only starts through a shell, and a
 * shell splits unquoted arguments at spaces.
 *
 * @throws {TypeError} if the Windows shell would change an argument
 */
export function startCommand(
  platform: string,
  program: string,
  args: readonly string[],
): StartCommand {
  if (platform !== "win32" || !BATCH_FILES.includes(program)) {
    return { program, args, shell: false };
  }
  return { program: `${program}.cmd`, args: args.map(quoted), shell: true };
}

function quoted(arg: string): string {
  // Even in quotes, `%` starts a variable, and a quote ends them.
  if (/["%\r\n]/.test(arg)) {
    throw new TypeError(`Cannot pass ${JSON.stringify(arg)} to a batch file`);
  }
  return /^[\w@.,:=/\\-]+$/.test(arg) ? arg : `"${arg}"`;
}
