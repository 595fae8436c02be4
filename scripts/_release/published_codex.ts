/** Asks npm whether a version of Codex can be installed, before anything is written for it. */
import type { CommandResult } from "../_lib/command.ts";

/** Runs `npm view` with these arguments. */
export type NpmView = (
  args: readonly string[],
) => Promise<Pick<CommandResult, "code" | "output" | "stdout">>;

/**
 * Checks that `@openai/codex` and its package for each platform are published in this version.
 *
 * @throws {Error} if one of them is not, or the registry does not answer
 */
export async function checkPublished(version: string, view: NpmView): Promise<void> {
  const answer = await ask(`@openai/codex@${version}`, "optionalDependencies", view);
  const aliases = JSON.parse(answer || "{}") as Record<string, string>;
  const platforms = Object.values(aliases).map((target) => target.replace(/^npm:/, ""));
  if (platforms.length === 0) {
    throw new Error(`Cannot release: @openai/codex@${version} has no package for any platform`);
  }
  await Promise.all(platforms.map((spec) => ask(spec, "version", view)));
}

async function ask(spec: string, field: string, view: NpmView): Promise<string> {
  const { code, stdout, output } = await view([spec, field, "--json"]);
  if (code === 0 && stdout.trim() !== "") return stdout;
  if (code === 0 || output.includes("E404")) {
    throw new Error(`Cannot release: the registry has no ${spec}`);
  }
  throw new Error(`Cannot release: the registry does not answer for ${spec}\n${output.trim()}`);
}
