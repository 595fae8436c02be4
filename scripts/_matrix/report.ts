/** The results of the matrix as Markdown. */
import { type Cell, type Installer, INSTALLERS, type Sdk } from "./cells.ts";
import type { ConformanceReport } from "./conformance.ts";
import { RUNTIMES } from "./tools.ts";

/** The results of one run. */
export interface MatrixReport {
  /** Such as `linux-x64`. */
  readonly platform: string;
  readonly sdk: Sdk;
  /** The versions of the installers. */
  readonly installers: Readonly<Partial<Record<Installer, string>>>;
  /** Turns with the runtime of the public registry. */
  readonly published: readonly Cell[];
  /** Turns with a staged runtime. */
  readonly staged: readonly Cell[];
  readonly conformance: readonly ConformanceReport[];
}

/** Returns the failed cells and suites; empty if all is well. */
export function failuresOf({ published, staged, conformance }: MatrixReport): string[] {
  return [
    ...[...published, ...staged].filter(({ result }) => result instanceof Error)
      .map(({ installer, runtime }) => `${installer}, ${runtime}`),
    ...conformance.filter(({ passed, failures }) => passed === 0 || failures.length > 0)
      .map(({ runtime }) => `conformance on ${runtime}`),
  ];
}

/** Returns the report as a page of Markdown. */
export function describeMatrix(report: MatrixReport): string {
  const { platform, sdk, installers, published, staged, conformance } = report;
  return [
    "# Installers and runtimes",
    `Tested on ${platform} with \`${sdk.name}\` ${sdk.version}. Written by \`deno task matrix\`; do not edit.`,
    "Each installer installs the built package from a local registry into an empty project. Each cell is one turn: a " +
    "program in that project starts the installed binary, with a scripted model, and reads the streamed answer.",
    table(published, installers),
    "`yarn pnp` is Plug'n'Play, which only Node supports; `deno cache` is Deno without `node_modules`.",
    "## Custom runtimes",
    "The same with packages from `deno task stage-runtime` and `deno task stage-sdk`, from a registry that contains " +
    "nothing else: `@openai/codex` is not installed.",
    table(staged, installers),
    "## Conformance of the installed package",
    "The tests of `tests/conformance` and of a turn on the real binary, run on the modules of the installed package.",
    [
      "| runtime | passed | failed |",
      "|---|---|---|",
      ...conformance.map(({ runtime, passed, failures }) => {
        return `| ${runtime} | ${passed} | ${failures.length} |`;
      }),
    ].join("\n"),
  ].join("\n\n");
}

function table(cells: readonly Cell[], versions: MatrixReport["installers"]): string {
  const columns = RUNTIMES.filter((one) => cells.some(({ runtime }) => runtime === one));
  const rows = INSTALLERS.filter((one) => cells.some(({ installer }) => installer === one));
  const heads = columns.map((one) =>
    cells.find(({ runtime, result }) => runtime === one && typeof result === "string")?.result ??
      one
  );
  return [
    `| | ${heads.join(" | ")} |`,
    `|---|${columns.map(() => "---|").join("")}`,
    ...rows.map((installer) => {
      const results = columns.map((runtime) => {
        const cell = cells.find((one) => one.installer === installer && one.runtime === runtime);
        if (cell === undefined) return "";
        return cell.result instanceof Error ? "**failed**" : "a turn";
      });
      const name = [installer, versions[installer] ?? ""].join(" ").trim();
      return `| ${name} | ${results.join(" | ")} |`;
    }),
  ].join("\n");
}
