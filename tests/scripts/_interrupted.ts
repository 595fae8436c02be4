/** A script for a signal to end: it creates a folder and runs a command that would take a minute. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../../scripts/_lib/command.ts";
import { withScratch } from "../../scripts/_lib/interruption.ts";
import { denoPath } from "../../scripts/_lib/project.ts";

await withScratch("interrupted-", async (folder) => {
  const pidFile = join(folder, "pid");
  const command = `Deno.writeTextFileSync(${JSON.stringify(pidFile)}, String(Deno.pid));
    setTimeout(() => {}, 60_000);`;
  writeFileSync(join(folder, "file"), "");
  console.log(folder);
  await runCommand(denoPath(), ["eval", command]);
  console.log("went on");
});
