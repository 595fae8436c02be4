/** Runs a program in a slim Debian: `deno task check:container`. `--help` says what it does. */
import { chmod } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { withScratch } from "./_lib/interruption.ts";
import {
  containerRuns,
  makeCertificates,
  makeImage,
  whyNoContainer,
} from "./_container/container.ts";
import { bundleForNode, makeProject, runtimeFolder } from "./_deploy/build.ts";
import { Tally } from "./_deploy/runs.ts";
import { installTools } from "./_matrix/tools.ts";
import { buildPackage } from "./_npm/package.ts";

const help =
  `Makes a slim Debian with \`debootstrap\`, puts Node, a bundled program and the runtime into it, and runs
turns there with a root file system that cannot be written to, as root and not, with and without a home. It needs root
and a mirror of Debian, and takes about a minute and a half, so it is no part of the gate.

  deno task check:container [--package=FOLDER]

  --package  the package in FOLDER, which \`deno task build:npm\` made, instead of a new one`;

const { values } = commandLine({ help, options: { package: { type: "string" } } });
const tally = new Tally();

async function main(work: string): Promise<void> {
  await chmod(work, 0o755);
  const sdk = resolve(values.package ?? join(work, "npm"));
  if (values.package === undefined) await buildPackage({ out: sdk });
  const program = join(work, "program.mjs");
  await bundleForNode(await makeProject(join(work, "project"), sdk), program);
  const tools = await installTools((line) => console.log(line));
  const root = join(work, "root");
  const made = await tally.attempt("a Debian with Node and the runtime", async () => {
    await makeImage(root, { node: tools.node("24"), program, runtime: await runtimeFolder() });
    await makeCertificates(root);
    return true;
  });
  if (made !== true) return;
  for (const run of containerRuns(root)) await tally.run(run);
}

await runMain(async () => {
  const reason = whyNoContainer();
  if (reason === undefined) await withScratch("codex-container-", main);
  else tally.skip(`containers: ${reason}`);
  console.log(`in ${tally.time}`);
  console.log(String(tally));
  if (!tally.good) process.exitCode = 1;
});
