import process from "node:process";
import { entryPoints } from "./package_files.ts";
import { filesUnder } from "./project.ts";

/** One check of the gate: a Deno command that must end with code 0. */
export interface Check {
  readonly name: string;
  readonly args: readonly string[];
}

/**
 * The checks in addition to the tests, cheapest first. What tests in `tests/architecture` or `tests/generated` cover is
 * not checked again: layers, exports, imports without permission, generated types, the dry run of publishing.
 */
export function checks(): Check[] {
  const entries = [...new Set(Object.values(entryPoints()))];
  const folders = ["scripts", "tests", "bench", "examples", "src", "transports"];
  const sources = [...entries, ...folders.flatMap((folder) => filesUnder(folder, ".ts"))];
  const script = (name: string, ...args: string[]): Check["args"] => {
    return ["run", "-A", `scripts/${name}.ts`, ...args];
  };
  return [
    { name: "format", args: ["fmt", "--check"] },
    { name: "lint", args: ["lint"] },
    { name: "types", args: ["check", "--quiet", ...new Set(sources)] },
    {
      name: "dead exports",
      args: ["run", "-A", "node_modules/knip/bin/knip.js", "--no-progress"],
    },
    { name: "API reference", args: script("generate_api_docs", "--check") },
    { name: "parity table", args: script("generate_parity", "--check") },
    {
      name: "examples in docs",
      args: ["check", "--quiet", "--doc-only", ...entries, ...docSources()],
    },
    // The commands and the versions of Node that they run with are those for Linux.
    ...(process.platform === "linux"
      ? [
        {
          name: "oldest, installed and newer Codex",
          args: script("compat", "--check", "--only=oldest,installed,newer"),
        },
        {
          name: "installers and runtimes",
          args: ["test", "-A", "--no-check", "tests/npm/matrix.ts", "--", "--quick"],
        },
      ]
      : []),
  ];
}

/** The sources of code blocks: `deno check --doc-only` reads only the named files, not what they import. */
function docSources(): string[] {
  // The reference in docs/api/ repeats the comments of the sources.
  const pages = filesUnder("docs", ".md").filter((file) => !file.startsWith("docs/api/"));
  const markdown = [...pages, "README.md"];
  const library = [...filesUnder("src", ".ts"), ...filesUnder("transports", ".ts")];
  return [...library.filter((file) => !file.startsWith("src/generated/")), ...markdown];
}
