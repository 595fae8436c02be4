/** Compares the pinned protocol with that of another Codex: `deno task upstream`. */
import { writeFileSync } from "node:fs";
import process from "node:process";
import semver from "semver";
import { describeDrift } from "./_generate/describe_drift.ts";
import { type Protocol, readProtocol } from "./_generate/read_protocol.ts";
import { pinnedCodex, withUpstream } from "./_generate/run_upstream.ts";
import { newestCodex, withCodex } from "./_lib/codex_package.ts";
import { commandLine, runMain } from "./_lib/command_line.ts";

const help = `Prints, as Markdown, how the protocol of another Codex differs from the pinned one.

  deno task upstream [--to=VERSION] [--from=VERSION] [--binary=PATH] [--out=FILE] [--check]
  deno task upstream --newer

  --to      defaults to the newest version on npm
  --from    defaults to the pinned version
  --binary  uses this binary instead of fetching --to
  --out     writes the Markdown to a file instead
  --check   exits with code 1 if there is a difference
  --newer   only prints the newest version, and nothing unless it is newer than the pinned one`;

const { values } = commandLine({
  help,
  options: {
    to: { type: "string" },
    from: { type: "string" },
    binary: { type: "string" },
    out: { type: "string" },
    check: { type: "boolean", default: false },
    newer: { type: "boolean", default: false },
  },
});

await runMain(async () => {
  if (values.newer) {
    const newest = await newestCodex();
    if (semver.gt(newest, pinnedCodex())) console.log(newest);
    return;
  }
  const { from = pinnedCodex() } = values;
  const read = (binary?: string): Promise<Protocol> => withUpstream(readProtocol, binary);
  const old = await (from === pinnedCodex() ? read() : withCodex(from, read));
  const now = await (values.binary !== undefined
    ? read(values.binary)
    : withCodex(values.to ?? await newestCodex(), read));
  const { text, isUnchanged } = await describeDrift(old, now);
  if (values.out === undefined) {
    console.log(text.trimEnd());
  } else writeFileSync(values.out, text);
  if (values.check && !isUnchanged) {
    process.exitCode = 1;
  }
});
