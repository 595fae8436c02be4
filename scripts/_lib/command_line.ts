import process from "node:process";
import { parseArgs, type ParseArgsConfig } from "node:util";

export interface CommandLineConfig<T extends NonNullable<ParseArgsConfig["options"]>> {
  /** What the script does and how to call it: the output of `--help`. */
  readonly help: string;
  readonly options?: T;
  /** The required options; of a list, one is required. */
  readonly required?: readonly ((keyof T & string) | readonly (keyof T & string)[])[];
  /** The minimum and maximum number of arguments without `--`. */
  readonly words?: readonly [least: number, most: number];
}

export type CommandLine<T extends NonNullable<ParseArgsConfig["options"]>> = ReturnType<
  typeof parseArgs<{ options: T; allowPositionals: true }>
>;

/**
 * Parses the command line of this process. `--help` and invalid arguments end the process with code 0 or 2. A lone
 * `--`, which `npm run` users put before the arguments of a task, is ignored.
 */
export function commandLine<const T extends NonNullable<ParseArgsConfig["options"]>>(
  { help, options, required = [], words: [least, most] = [0, 0] }: CommandLineConfig<T>,
): CommandLine<T> {
  const args = process.argv.slice(2).filter((arg) => arg !== "--");
  if (args.includes("--help") || args.includes("-h")) {
    console.log(help);
    process.exit(0);
  }
  try {
    const found = parseArgs({ args, options: options ?? {}, allowPositionals: true });
    const { values, positionals } = found;
    const [missing] = required.map((one) => [one].flat())
      .find((names) => !names.some((name) => name in values)) ?? [];
    if (missing !== undefined) throw new TypeError(`--${missing} is missing`);
    if (positionals.length < least) throw new TypeError("An argument is missing");
    if (positionals.length > most) {
      throw new TypeError(`Unexpected argument "${positionals[most]}"`);
    }
    return found as CommandLine<T>;
  } catch (error) {
    // Node's advice does not apply here.
    const message = (error as Error).message.replace(/\. (?:To specify|This command)\b.*$/s, "");
    console.error(`${message}\n\n${help}`);
    process.exit(2);
  }
}

/** Runs the main function of a script; an error is printed as its message, without a stack trace. */
export async function runMain(action: () => void | Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
