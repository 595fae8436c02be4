/** Compares two versions of the protocol by the types that are generated for them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../_lib/command.ts";
import { withScratch } from "../_lib/interruption.ts";
import type { Protocol } from "./read_protocol.ts";
import { writeFiles } from "./write_files.ts";

/** The files with nothing that the others lack. */
const LEFT_OUT: readonly string[] = ["methods.ts", "version.ts"];

/** Returns the differences as Markdown, and whether there are none. */
export async function describeDrift(
  from: Protocol,
  to: Protocol,
): Promise<{ text: string; isUnchanged: boolean }> {
  const diff = await withScratch("codex-drift-", async (folder) => {
    for (const [side, protocol] of Object.entries({ from, to })) {
      mkdirSync(join(folder, side));
      for (const [name, text] of writeFiles(protocol)) {
        if (!LEFT_OUT.includes(name)) writeFileSync(join(folder, side, name), withoutUses(text));
      }
    }
    const args = ["diff", "--no-index", "--no-ext-diff", "--no-prefix", "from", "to"];
    return (await runCommand("git", args, { cwd: folder })).stdout;
  });
  const isUnchanged = diff === "";
  const text = [
    `# Codex ${from.version} -> ${to.version}\n`,
    ...(to.faults.length === 0 ? [] : [
      "`deno task generate` stops, and docs/releasing.md says what to do:\n",
      codeBlock("text", to.faults.join("\n")),
    ]),
    isUnchanged ? "The protocol is the same.\n" : codeBlock("diff", diff),
  ].join("\n");
  return { text, isUnchanged };
}

/** Removes what says where a type is used: one new use would change the comments of many types. */
function withoutUses(text: string): string {
  return text.replace(/^\/\*\*.*?\*\/\n/gms, (comment) => {
    return comment.includes(" Experimental.") ? "/** Experimental. */\n" : "";
  });
}

/** Returns a code block that nothing in the text can end: what a binary writes is not trusted. */
function codeBlock(language: string, text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}\n`;
}
