import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runCommand } from "./command.ts";
import { denoPath, projectRoot } from "./project.ts";
import type { EntryExports } from "./public_surface.ts";

/** An exported symbol and the place of its declaration, relative to the root of the project. */
export interface DeclaredSymbol {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

interface DocDeclaration {
  readonly kind: string;
  readonly declarationKind: string;
  readonly location: { readonly filename: string; readonly line: number };
  readonly jsDoc?: { readonly tags?: readonly { readonly kind: string }[] };
}

interface DocSymbol {
  readonly name: string;
  readonly declarations: readonly DocDeclaration[];
}

interface DocModule {
  readonly module_doc?: { readonly doc?: string };
  readonly symbols?: readonly DocSymbol[];
}

interface DocOutput {
  readonly nodes: Record<string, DocModule>;
}

/** Returns the entry points whose module has no description, which `deno doc --lint` does not report. */
export async function entriesWithoutDocs(entryPoints: Record<string, string>): Promise<string[]> {
  const nodes = await readDocs(entryPoints);
  return Object.entries(entryPoints)
    .filter(([, path]) => !nodes[pathToFileURL(join(projectRoot, path)).href]?.module_doc?.doc)
    .map(([name]) => name);
}

/** Returns the exported symbols that have no `@example`, except those declared in `src/generated/`. */
export async function symbolsWithoutExample(
  entryPoints: Record<string, string>,
): Promise<DeclaredSymbol[]> {
  const missing: DeclaredSymbol[] = [];
  for (const { symbols = [] } of Object.values(await readDocs(entryPoints))) {
    for (const { name, declarations } of symbols) {
      const described = declarations.filter((one) => {
        // A symbol that another entry point also exports is a reference, and documented there.
        return one.declarationKind !== "private" && one.kind !== "reference";
      });
      const [first] = described;
      if (first === undefined || described.some(hasExample)) continue;
      const path = relative(projectRoot, fileURLToPath(first.location.filename));
      const file = path.split(sep).join("/");
      if (file.startsWith("src/generated/")) continue;
      missing.push({ name, file, line: first.location.line + 1 });
    }
  }
  return missing;
}

function hasExample({ jsDoc }: DocDeclaration): boolean {
  return jsDoc?.tags?.some(({ kind }) => kind === "example") ?? false;
}

async function readDocs(entryPoints: Record<string, string>): Promise<DocOutput["nodes"]> {
  const paths = Object.values(entryPoints);
  for (const path of paths) {
    if (!existsSync(join(projectRoot, path))) throw new Error(`"${path}" of deno.json is missing`);
  }
  const { code, stdout, output } = await runCommand(denoPath(), ["doc", "--json", ...paths]);
  if (code !== 0) throw new Error(`deno doc failed: ${output}`);
  return (JSON.parse(stdout) as DocOutput).nodes;
}

/** Returns the differences between two sets of exports, one line per name. */
export function diffExports(
  pinned: Readonly<Record<string, EntryExports>>,
  found: Readonly<Record<string, EntryExports>>,
): string[] {
  const before = lines(pinned);
  const after = lines(found);
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ];
}

function lines(all: Readonly<Record<string, EntryExports>>): string[] {
  return Object.entries(all).flatMap(([entry, { values, types }]) => [
    ...values.map((name) => `${entry}: value ${name}`),
    ...types.map((name) => `${entry}: type ${name}`),
  ]);
}
