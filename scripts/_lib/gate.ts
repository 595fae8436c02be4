import process from "node:process";
import { libraryFiles } from "./package_files.ts";
import { filesUnder } from "./project.ts";

/**
 * The checks in addition to the tests, the longest first: the arguments of a Deno that must end with code 0. What tests in
 * `tests/architecture` or `tests/generated` cover is not checked again: layers, exports, imports without permission,
 * generated types, the dry run of publishing; `tests/e2e` covers the installed Codex.
 */
export function checks(): Record<string, readonly string[]> {
  const others = ["scripts", "tests", "bench", "examples"];
  const sources = [...libraryFiles(), ...others.flatMap((folder) => filesUnder(folder, ".ts"))];
  // `deno check --doc` reads the examples of the named files; docs/api/ repeats the comments of the sources.
  const pages = filesUnder("docs", ".md").filter((file) => !file.startsWith("docs/api/"));
  const run = ["run", "-A"];
  const quick = "--quick";
  const versions = "--only=oldest,newer";
  return {
    // The commands and the versions of Node that they run with are those for Linux.
    ...(process.platform === "linux" && {
      "installers and runtimes": ["test", "-A", "--no-check", "tests/npm/matrix.ts", "--", quick],
      "oldest and newer Codex": [...run, "scripts/compat.ts", "--check", versions],
    }),
    "types": ["check", "--quiet", "--doc", ...sources, ...pages, "README.md"],
    "format": ["fmt", "--check"],
    "lint": ["lint"],
    "dead exports": [...run, "node_modules/knip/bin/knip.js", "--no-progress"],
    "API reference": [...run, "scripts/generate_api_docs.ts", "--check"],
    "parity table": [...run, "scripts/generate_parity.ts", "--check"],
  };
}
