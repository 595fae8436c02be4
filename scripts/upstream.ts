// deno-lint-ignore-file no-console -- a script reports to its caller
/** Compares the pinned protocol with that of another Codex: `deno task upstream`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { findNativeBinary } from "./_generate/run_upstream.ts";
import { fetchCodex, newestCodex } from "./_lib/codex_package.ts";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { filesUnder, projectRoot } from "./_lib/project.ts";
import { isNewer, pinOf } from "./_release/versions.ts";
import { describeDrift } from "./_upstream/drift.ts";
import { readProtocol } from "./_upstream/protocol.ts";

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
  const pinned = pinOf({ read: (file) => readFileSync(join(projectRoot, file), "utf8") });
  if (values.newer) {
    const newest = await newestCodex();
    if (isNewer(newest, pinned)) console.log(newest);
    return;
  }
  const { from = pinned } = values;
  const old = from === pinned ? findNativeBinary() : await fetchCodex(from);
  const now = values.binary ?? await fetchCodex(values.to ?? await newestCodex());
  const { text, isUnchanged } = describeDrift(
    await readProtocol(old),
    await readProtocol(now),
    uses(),
  );
  if (values.out === undefined) console.log(text.trimEnd());
  else writeFileSync(values.out, text);
  if (values.check && !isUnchanged) process.exitCode = 1;
});

/** Returns a function that lists where the sources name a method, or import a type of the protocol. */
function uses(): (name: string) => readonly string[] {
  const places = new Map<string, Set<string>>();
  const add = (name: string, place: string): void => {
    places.set(name, (places.get(name) ?? new Set()).add(place));
  };
  const imports = /\{([^{}]*)\} from "[^"]*\/generated\/types\.ts"/g;
  for (const file of filesUnder("src", ".ts")) {
    if (file.startsWith("src/generated/")) continue;
    const text = readFileSync(join(projectRoot, file), "utf8");
    for (const [index, line] of text.split("\n").entries()) {
      for (const [, name = ""] of line.matchAll(/"([\w/]+)"/g)) add(name, `${file}:${index + 1}`);
    }
    for (const [, names = ""] of text.matchAll(imports)) {
      for (const name of names.match(/\w+/g) ?? []) add(name, file);
    }
  }
  return (name) => [...places.get(name) ?? []];
}
