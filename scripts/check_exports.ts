/** Compares the exports with the pinned ones, or pins them: `deno task exports`. */
import { commandLine } from "./_lib/command_line.ts";
import { writeOrCheck } from "./_lib/format_code.ts";
import { entryPoints } from "./_lib/package_files.ts";
import { readSurface } from "./_lib/public_surface.ts";

const { values } = commandLine({
  help: `Compares the exports of the entry points with tests/_data/exports.json.

  deno task exports [--write]

  --write  pins the current exports`,
  options: { write: { type: "boolean", default: false } },
});
const text = JSON.stringify(readSurface(entryPoints()), null, 2) + "\n";
writeOrCheck("tests/_data/exports.json", text, "exports --write", !values.write);
