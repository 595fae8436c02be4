import process from "node:process";
import { runCommand } from "../_lib/command.ts";
import type { ProgramReport } from "./program.ts";

/** One run of a deployed program, and what has to come of it. */
export interface ProgramRun {
  readonly name: string;
  readonly command: readonly string[];
  readonly args?: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly expect: Outcome;
}

/** What has to come of a run: a turn, or a typed error. */
export type Outcome =
  | { readonly turn: true; readonly command?: RegExp; readonly executable?: string }
  | { readonly code: string; readonly says: RegExp; readonly saysNot?: RegExp };

/** Runs the program; gives what is wrong, or `undefined`. */
export async function faultOfRun(run: ProgramRun): Promise<string | undefined> {
  const [program = "", ...first] = run.command;
  const inherited = Object.keys(process.env).map((name) => [name, undefined]);
  const { code, stdout, output, timedOut } = await runCommand(
    program,
    [...first, ...run.args ?? []],
    {
      cwd: run.cwd,
      env: { ...Object.fromEntries(inherited), NO_COLOR: undefined, ...run.env },
      timeoutMs: 60_000,
    },
  );
  const told = output.trim().slice(-2_000);
  if (timedOut) return `it did not end:\n${told}`;
  if (code !== 0) return `it ended with code ${code}:\n${told}`;
  const report = lastLine(stdout);
  return report === undefined || !fits(report, run.expect) ? `it told:\n${told}` : undefined;
}

function fits(report: ProgramReport, expected: Outcome): boolean {
  if ("turn" in expected) {
    // Linux alone tells which file a process runs.
    const wanted = process.platform === "linux" ? expected.executable : undefined;
    const { status, finalResponse, executable, command } = report;
    return status === "completed" && finalResponse === "deployed" &&
      (expected.command?.test(command ?? "") ?? true) &&
      (wanted === undefined || executable === wanted);
  }
  const { code, message } = report.error ?? { code: "", message: "" };
  return code === expected.code && expected.says.test(message) &&
    !(expected.saysNot?.test(message) ?? false);
}

function lastLine(stdout: string): ProgramReport | undefined {
  try {
    return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as ProgramReport;
  } catch {
    return undefined;
  }
}
