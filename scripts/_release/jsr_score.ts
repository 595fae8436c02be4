/** The part of the score on JSR that the sources decide, counted as JSR counts. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../_lib/command.ts";
import { entryPoints } from "../_lib/package_files.ts";
import { denoPath, projectRoot } from "../_lib/project.ts";

/** What JSR looks at. */
export interface JsrFacts {
  readonly hasReadme: boolean;
  /** Whether the README has a block of code. */
  readonly hasExamples: boolean;
  /** Entry points without a description of the module. */
  readonly undescribed: readonly string[];
  /** Exported symbols, those of each entry point counted on their own. */
  readonly symbols: number;
  /** Of these, the ones without a doc comment. */
  readonly undocumented: readonly string[];
  /** Whether publishing finds no slow type. */
  readonly isFast: boolean;
}

/** One line of the score. */
export interface ScoreLine {
  readonly name: string;
  readonly points: number;
  readonly of: number;
}

/** The share of documented symbols from which on JSR gives all points. */
const ENOUGH_DOCUMENTED = 0.8;

/** The lines of the score that the sources decide: 14 of its 18 points. */
export function scoreOf(facts: JsrFacts): ScoreLine[] {
  const { symbols, undocumented, undescribed, hasReadme, hasExamples, isFast } = facts;
  const documented = symbols === 0 ? 1 : (symbols - undocumented.length) / symbols;
  const line = (name: string, of: number, share: boolean | number): ScoreLine => {
    return { name, points: Math.floor(of * Number(share)), of };
  };
  return [
    line("a readme or module doc", 2, hasReadme),
    line("examples in the readme or module doc", 1, hasExamples),
    line("module docs in all entry points", 1, undescribed.length === 0),
    line("docs for most symbols", 5, Math.min(documented / ENOUGH_DOCUMENTED, 1)),
    line("no slow types", 5, isFast),
  ];
}

interface DocSymbol {
  readonly name: string;
  readonly declarations: readonly {
    readonly declarationKind: string;
    readonly kind: string;
    readonly jsDoc?: object;
    readonly def?: { readonly hasBody?: boolean };
  }[];
}

interface Docs {
  readonly nodes: Readonly<
    Record<string, { module_doc?: { doc?: string }; symbols?: readonly DocSymbol[] }>
  >;
}

/**
 * Reads the facts from the project.
 *
 * @throws {Error} when Deno cannot read the documentation
 */
export async function jsrFacts(): Promise<JsrFacts> {
  const entries = [...new Set(Object.values(entryPoints()))];
  const { code, stdout, output } = await runCommand(denoPath(), ["doc", "--json", ...entries]);
  if (code !== 0) throw new Error(`deno doc failed: ${output}`);
  const modules = Object.entries((JSON.parse(stdout) as Docs).nodes);
  const declared = modules.flatMap(([url, { symbols = [] }]) =>
    symbols.flatMap(({ name, declarations }) =>
      declarations
        // A reference is documented where it is declared, and an overloaded function by its signatures.
        .filter(({ declarationKind, kind, def }) => {
          const isBody = declarations.length > 1 && def?.hasBody === true;
          return declarationKind !== "private" && kind !== "reference" && !isBody;
        })
        .map(({ jsDoc }) => ({ name: `${url.slice(url.lastIndexOf("/") + 1)} ${name}`, jsDoc }))
    )
  );
  const readme = join(projectRoot, "README.md");
  const publish = await runCommand(denoPath(), ["publish", "--dry-run", "--allow-dirty"]);
  return {
    hasReadme: existsSync(readme),
    hasExamples: existsSync(readme) && readFileSync(readme, "utf8").includes("```"),
    undescribed: modules.filter(([, { module_doc }]) => !module_doc?.doc).map(([url]) => url),
    symbols: declared.length,
    undocumented: declared.filter(({ jsDoc }) => jsDoc === undefined).map(({ name }) => name),
    isFast: publish.code === 0,
  };
}
