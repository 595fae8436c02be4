// deno-lint-ignore-file no-console -- a script reports to its caller
/** Builds the npm package: `deno task build:npm`. `--help` says what it does. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { filesUnder, projectRoot } from "./_lib/project.ts";
import { builderNamed, buildPackage } from "./_npm/build_package.ts";

const help = `Builds the npm package into npm/ (or --out=FOLDER), in place of what was there.

  deno task build:npm [--builder=dnt|tsc] [--out=FOLDER]

Name, version, license and entry points come from deno.json. The modules are compiled by the TypeScript compiler.
--builder=dnt takes dnt instead, which has to be imported from JSR. The default is tsc wherever the two would not give
the same files, so that a package does not depend on where it was built. They never do: the declarations are the same,
but dnt leaves the comments in the modules. Either way the package holds

  package.json            ESM only; the dependency on @openai/codex is exact, in the SDK's own version
  esm/**.js, .js.map      one module for each source file, with its source in the map
  esm/**.d.ts             the types, with their documentation
  README.md, CHANGELOG.md, LICENSE

Then: npm pack ./npm, npm publish ./npm. \`deno task check:npm\` checks all of it.`;

const { values } = commandLine({
  help,
  options: {
    builder: { type: "string" },
    out: { type: "string", default: join(projectRoot, "npm") },
  },
});

await runMain(async () => {
  const { out } = values;
  const { name, version } = await buildPackage({
    out,
    builder: builderNamed(values.builder),
  });
  const files = filesUnder(".", "", out);
  const bytes = files.reduce((sum, file) => sum + statSync(join(out, file)).size, 0);
  console.log(`${name}@${version} in ${out}: ${files.length} files, ${kilobytes(bytes)}`);
});

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`;
}
