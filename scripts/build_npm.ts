// deno-lint-ignore-file no-console -- a script reports to its caller
/** Builds the npm package: `deno task build:npm`. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { filesUnder, projectRoot } from "./_lib/project.ts";
import { buildPackage } from "./_npm/package.ts";

const help = `Builds the npm package into npm/ (or --out=FOLDER), replacing what was there.

  deno task build:npm [--builder=dnt|tsc] [--out=FOLDER]

Name, version, license and entry points come from deno.json. The TypeScript compiler compiles the sources, and
rolldown bundles the modules and declarations. --builder=dnt compiles with dnt, which is imported from JSR and checks
no types. The package holds

  package.json                 ESM only; the dependency on @openai/codex is exact
  esm/**.js, .js.map           one module for each entry point, with the lines of the sources
  esm/**.d.ts                  its types, with their documentation
  esm/chunks/                  what several entry points need, or a program only now and then
  README.md, CHANGELOG.md, LICENSE

Then: npm pack ./npm, npm publish ./npm. \`deno task check:npm\` tests all of it.`;

const { values: { builder, out } } = commandLine({
  help,
  options: {
    builder: { type: "string" },
    out: { type: "string", default: join(projectRoot, "npm") },
  },
});

await runMain(async () => {
  const { name, version } = await buildPackage(out, builder);
  const files = filesUnder(".", "", out);
  const bytes = files.reduce((sum, file) => sum + statSync(join(out, file)).size, 0);
  const size = `${files.length} files, ${Math.round(bytes / 1000)} kB`;
  console.log(`${name}@${version} in ${out}: ${size}`);
});
