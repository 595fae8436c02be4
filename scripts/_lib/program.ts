/** How a program is started on a platform; given in, so that each can be tried on any other. */

/** What `spawn` of `node:child_process` takes. */
export interface StartCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Whether the system's shell has to start it. */
  readonly shell: boolean;
}

/** The programs that npm installs as batch files on Windows, which are no executables. */
const BATCH_FILES: readonly string[] = ["npm", "npx"];

/**
 * The command as the platform wants it: on Windows `npm` is `npm.cmd`, which Node starts through a shell alone, and a
 * shell splits arguments at spaces unless they are quoted.
 *
 * @throws {TypeError} when an argument cannot be handed through the shell of Windows as it is
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
  // Inside quotes `%` still names a variable, and a quote ends them.
  if (/["%\r\n]/.test(arg)) {
    throw new TypeError(`Cannot pass ${JSON.stringify(arg)} to a batch file`);
  }
  return /^[\w@.,:=/\\-]+$/.test(arg) ? arg : `"${arg}"`;
}
