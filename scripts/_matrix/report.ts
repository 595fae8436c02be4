import type { ConformanceReport } from "./conformance.ts";
import { type Installer, INSTALLERS } from "./installers.ts";
import type { Cell } from "./run_matrix.ts";
import { type Runtime, RUNTIMES } from "./runtimes.ts";

/** All that one run of the matrix found out. */
export interface MatrixReport {
  /** `linux-x64`. */
  readonly platform: string;
  readonly sdk: { readonly name: string; readonly version: string };
  /** The versions of the installers. */
  readonly installers: Readonly<Partial<Record<Installer, string>>>;
  /** Turns with the runtime from the registry that everybody uses. */
  readonly published: readonly Cell[];
  /** Turns with a runtime that was staged. */
  readonly staged: readonly Cell[];
  readonly conformance: readonly ConformanceReport[];
}

/** What went wrong, one entry each; empty when every cell is a turn. */
export function failuresOf({ published, staged, conformance }: MatrixReport): string[] {
  return [
    ...[...published, ...staged].filter(({ result }) => result instanceof Error)
      .map(({ installer, runtime }) => `${installer}, ${runtime}`),
    ...conformance.filter(({ passed, failures }) => passed === 0 || failures.length > 0)
      .map(({ runtime }) => `conformance on ${runtime}`),
  ];
}

/** The report as a page of Markdown. */
export function describeMatrix(report: MatrixReport): string {
  const { platform, sdk, installers, published, staged, conformance } = report;
  return [
    "# Installers and runtimes",
    `What was run on ${platform} with \`${sdk.name}\` ${sdk.version}. Made by \`deno task matrix\`; do not edit.`,
    "The package is built, published to a registry on this machine, and installed from there into an empty project by " +
    "each installer. Each cell is a turn there: a program of that project starts the real binary that was installed " +
    "with the package, against a scripted model, and reads the answer as it streams.",
    table(published, installers),
    "`yarn pnp` is Plug'n'Play, which is for Node alone; `deno cache` is Deno without `node_modules`.",
    "## A runtime of one's own",
    "The same with packages made by `deno task stage-runtime` and `deno task stage-sdk`, from a registry that holds " +
    "nothing else: `@openai/codex` is not installed.",
    table(staged, installers),
    "## Conformance of the installed package",
    "The tests of `tests/conformance` and of a run on the real binary, on the modules of the installed package.",
    ["| runtime | passed | failed |", "|---|---|---|", ...conformance.map(conformanceRow)].join(
      "\n",
    ),
  ].join("\n\n");
}

function table(cells: readonly Cell[], versions: MatrixReport["installers"]): string {
  const columns = RUNTIMES.filter((one) => cells.some(({ runtime }) => runtime === one));
  const rows = INSTALLERS.filter((one) => cells.some(({ installer }) => installer === one));
  const versionOf = (runtime: Runtime): string => {
    const named = cells.flatMap((cell) => {
      return cell.runtime === runtime && !(cell.result instanceof Error)
        ? [cell.result.runtime]
        : [];
    });
    return named[0] ?? runtime;
  };
  return [
    `| | ${columns.map(versionOf).join(" | ")} |`,
    `|---|${columns.map(() => "---|").join("")}`,
    ...rows.map((installer) => {
      const name = [installer, versions[installer]].filter((part) => part !== undefined).join(" ");
      const found = columns.map((runtime) => {
        return cells.find((cell) => cell.installer === installer && cell.runtime === runtime);
      });
      return `| ${name} | ${found.map(describeCell).join(" | ")} |`;
    }),
  ].join("\n");
}

function describeCell(cell: Cell | undefined): string {
  if (cell === undefined) return "";
  return cell.result instanceof Error ? "**failed**" : "a turn";
}

function conformanceRow({ runtime, passed, failures }: ConformanceReport): string {
  return `| ${runtime} | ${passed} | ${failures.length} |`;
}
