/** Runs a program in a slim Debian: `deno task check:container`. `--help` says what it does. */
import { chmod } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { faultOfRun } from "../tests/deploy/_runs.ts";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { withScratch } from "./_lib/interruption.ts";
import {
  containerRuns,
  makeCertificates,
  makeImage,
  whyNoContainer,
} from "./_container/container.ts";
import { bundleForNode, makeProject, runtimeFolder } from "./_deploy/build.ts";
import { installTools } from "./_matrix/tools.ts";
import { buildPackage } from "./_npm/package.ts";

const help =
  `Makes a minimal Debian with \`debootstrap\`, puts Node, a bundled program and the runtime into it, and runs
turns there with a read-only root file system, as root and as other users, with and without a home. It needs root and a
mirror of Debian, and takes about a minute and a half, so it is not part of the gate.

  deno task check:container [--package=FOLDER]

  --package  a package that \`deno task build:npm\` made; defaults to a new one`;

const { values } = commandLine({ help, options: { package: { type: "string" } } });

async function main(work: string): Promise<void> {
  await chmod(work, 0o755);
  const sdk = resolve(values.package ?? join(work, "npm"));
  if (values.package === undefined) await buildPackage(sdk);
  const program = join(work, "program.mjs");
  await bundleForNode(await makeProject(join(work, "project"), sdk), program);
  const tools = await installTools((line) => console.log(line));
  const root = join(work, "root");
  await makeImage(root, { node: tools.node("24"), program, runtime: runtimeFolder() });
  await makeCertificates(root);
  for (const run of containerRuns(root)) {
    const fault = await faultOfRun(run);
    console.log(`${fault === undefined ? "ok    " : "FAILED"} ${run.name}`);
    if (fault === undefined) continue;
    console.log(fault.replace(/^/gm, "  | "));
    process.exitCode = 1;
  }
}

await runMain(async () => {
  const reason = whyNoContainer();
  if (reason === undefined) await withScratch("codex-container-", main);
  else console.log(`skipped: ${reason}`);
});
