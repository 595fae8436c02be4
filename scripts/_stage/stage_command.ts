import process from "node:process";
import { parseArgs } from "node:util";
import { StageError } from "./stage_error.ts";

/** A command that stages something. */
export interface StageCommand {
  /** How it is called, after the name of the task. */
  readonly usage: string;
  /** How many words without `--` there are. */
  readonly places: number;
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Does it, and tells what was made. */
  run(
    places: readonly string[],
    values: Readonly<Record<string, string | undefined>>,
  ): Promise<string>;
}

/** Runs a command with the arguments of this process; what is wrong with them is told in one line. */
export async function stageCommand(command: StageCommand): Promise<void> {
  try {
    const { places, values } = parse(command, process.argv.slice(2));
    console.log(`Staged ${await command.run(places, values)}`);
  } catch (error) {
    if (!(error instanceof StageError)) throw error;
    console.error(`Cannot stage: ${error.message}`);
    process.exitCode = 1;
  }
}

interface Parsed {
  readonly places: readonly string[];
  readonly values: Readonly<Record<string, string | undefined>>;
}

function parse(command: StageCommand, argv: readonly string[]): Parsed {
  const { usage, places, required, optional } = command;
  const names = [...required, ...optional];
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  const args = argv.filter((arg) => arg !== "--");
  let parsed;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new StageError(`${(error as Error).message}\nUsage: ${usage}`);
  }
  const missing = required.filter((name) => parsed.values[name] === undefined);
  if (missing.length > 0 || parsed.positionals.length !== places) {
    throw new StageError(
      `${
        missing.length > 0 ? `--${missing[0]} is missing` : "wrong number of arguments"
      }\nUsage: ${usage}`,
    );
  }
  return { places: parsed.positionals, values: parsed.values as Parsed["values"] };
}
