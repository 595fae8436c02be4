// deno-lint-ignore-file no-console -- a script reports to its caller
/** Builds the npm package: `deno task build:npm`. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { filesUnder, projectRoot } from "./_lib/project.ts";
import { buildPackage } from "./_npm/package.ts";

const help = `Builds the npm package into npm/ (or --out=FOLDER), replacing what was there.

  deno task build:npm [--out=FOLDER]

Name, version, license and entry points come from deno.json. rolldown bundles the modules and the declarations.
The package holds

  package.json                 ESM only; the dependency on @openai/codex is exact
  esm/**.js, .js.map           one module for each entry point, with the positions in the sources
  esm/**.d.ts                  its types, with their documentation
  esm/chunks/                  what several entry points need, or a program only now and then
  README.md, CHANGELOG.md, LICENSE

Then: npm pack ./npm, npm publish ./npm. \`deno task check:npm\` tests all of it.`;

const { values: { out } } = commandLine({
  help,
  options: {
    out: { type: "string", default: join(projectRoot, "npm") },
  },
});

await runMain(async () => {
  const { name, version } = await buildPackage(out);
  const files = filesUnder(".", "", out);
  const bytes = files.reduce((sum, file) => sum + statSync(join(out, file)).size, 0);
  const size = `${files.length} files, ${Math.round(bytes / 1000)} kB`;
  console.log(`${name}@${version} in ${out}: ${size}`);
});
