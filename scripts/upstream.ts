// deno-lint-ignore-file no-console -- a script reports to its caller
/** Compares the pinned protocol with that of another Codex: `deno task upstream`. `--help` says what it does. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { withUpstream } from "./_generate/run_upstream.ts";
import { fetchCodex, newestCodex } from "./_lib/codex_package.ts";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { projectRoot } from "./_lib/project.ts";
import { pinOf } from "./_release/codex_versions.ts";
import { isNewer } from "./_release/version_policy.ts";
import { compareProtocols } from "./_upstream/compare_protocols.ts";
import { isUnchanged, renderDrift } from "./_upstream/render_drift.ts";
import { findUses } from "./_upstream/sdk_uses.ts";

const help = `Prints, as Markdown, how the protocol of another Codex differs from the pinned one.

  deno task upstream [--to=VERSION] [--from=VERSION] [--binary=PATH] [--out=FILE] [--check]
  deno task upstream --newer

  --to      defaults to the newest version that npm has
  --from    defaults to the pinned version
  --binary  a binary to take instead of fetching --to
  --out     writes the Markdown to a file instead
  --check   exits with 1 when there is a difference
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
  const pinned = pinOf({ read: (file) => readFileSync(join(projectRoot, file), "utf8") });
  if (values.newer) {
    const newest = await newestCodex();
    if (isNewer(newest, pinned)) console.log(newest);
    return;
  }
  const { from = pinned } = values;
  const old = from === pinned ? undefined : await fetchCodex(from);
  const now = values.binary ?? await fetchCodex(values.to ?? await newestCodex());
  const drift = await withUpstream(
    (before) => withUpstream((after) => compareProtocols(before, after), now),
    old,
  );
  const text = renderDrift(drift, findUses());
  if (values.out === undefined) console.log(text.trimEnd());
  else writeFileSync(values.out, text);
  if (values.check && !isUnchanged(drift)) process.exitCode = 1;
});
