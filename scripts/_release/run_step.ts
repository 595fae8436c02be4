import { spawn } from "node:child_process";
import process from "node:process";
import { endWithScript, isEnding } from "../_lib/interruption.ts";
import { startCommand } from "../_lib/program.ts";
import { denoPath, projectRoot } from "../_lib/project.ts";

/** How long a step may take, in milliseconds: the gate is the longest by far. */
const STEP_MS = 3 * 60 * 60_000;

/**
 * Runs a command of a release in sight of the person who started it.
 *
 * @throws {Error} when it fails
 */
export async function runStep(
  program: string,
  args: readonly string[],
  cwd: string = projectRoot,
): Promise<void> {
  const shown = [program, ...args].join(" ");
  console.log(`\n> ${shown}`);
  const start = startCommand(process.platform, program, args);
  const child = spawn(start.program, [...start.args], {
    ...{ cwd, shell: start.shell, timeout: STEP_MS },
    stdio: ["ignore", "inherit", "inherit"],
  });
  endWithScript(child);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("exit", (code) => {
      if (!isEnding()) resolve(code);
    });
  });
  const end = code === null
    ? `did not end within ${STEP_MS / 60_000} minutes`
    : `ended with ${code}`;
  if (code !== 0) throw new Error(`${shown} ${end}: there is no candidate`);
}

/** Runs one of the project's scripts. */
export function runScript(name: string, ...args: string[]): Promise<void> {
  return runStep(denoPath(), ["run", "-A", `scripts/${name}.ts`, ...args]);
}
