import process from "node:process";
import { parseArgs, type ParseArgsConfig } from "node:util";

/** What a script takes on its command line. */
export interface CommandLineConfig<T extends NonNullable<ParseArgsConfig["options"]>> {
  /** What the script does and how it is called: all of what `--help` says. */
  readonly help: string;
  readonly options?: T;
  /** The options that have to be there; of a list, one of them. */
  readonly required?: readonly ((keyof T & string) | readonly (keyof T & string)[])[];
  /** How many words without `--` there have to be, at least and at most. */
  readonly words?: readonly [least: number, most: number];
}

/** What was on the command line. */
export type CommandLine<T extends NonNullable<ParseArgsConfig["options"]>> = ReturnType<
  typeof parseArgs<{ options: T; allowPositionals: true }>
>;

/**
 * Reads the command line of this process. `--help` and what cannot be understood end the process here, with code 0 or 2.
 * A `--` is passed over: it is what `npm run` and people put before the arguments of a task.
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
    if (positionals.length < least) throw new TypeError("Something is missing");
    if (positionals.length > most) throw new TypeError(`What is "${positionals[most]}"?`);
    return found as CommandLine<T>;
  } catch (error) {
    console.error(`${firstSentence(error)}\n\n${help}`);
    process.exit(2);
  }
}

/** Runs what a script does; what goes wrong is told in its own words, without a trace. */
export async function runMain(action: () => void | Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

/** Node goes on with advice that does not fit here. */
function firstSentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\. (?:To specify|This command)\b.*$/s, "");
}
