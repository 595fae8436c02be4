import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runCommand } from "./command.ts";
import { denoPath, projectRoot } from "./project.ts";

/** The names an entry point exports. A name that is both, such as a class, is a value. */
export interface EntryExports {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

interface DocSymbol {
  readonly name: string;
  readonly declarations: readonly { readonly kind: string; readonly declarationKind: string }[];
}

interface DocOutput {
  readonly nodes: Record<string, { readonly symbols?: readonly DocSymbol[] }>;
}

const typeKinds = new Set(["interface", "typeAlias"]);

/** The exports of each entry point (`{ ".": "mod.ts" }`), from `deno doc --json`. */
export async function readExports(
  entryPoints: Record<string, string>,
): Promise<Record<string, EntryExports>> {
  const paths = Object.values(entryPoints);
  for (const path of paths) {
    if (!existsSync(join(projectRoot, path))) throw new Error(`"${path}" of deno.json is missing`);
  }
  const { code, stdout, output } = await runCommand(denoPath(), ["doc", "--json", ...paths]);
  if (code !== 0) throw new Error(`deno doc failed: ${output}`);
  const { nodes } = JSON.parse(stdout) as DocOutput;
  return Object.fromEntries(
    Object.entries(entryPoints).map(([name, path]) => {
      const symbols = nodes[pathToFileURL(join(projectRoot, path)).href]?.symbols ?? [];
      return [name, entryExports(symbols)];
    }),
  );
}

function entryExports(symbols: readonly DocSymbol[]): EntryExports {
  const values = new Set<string>();
  const types = new Set<string>();
  for (const { name, declarations } of symbols) {
    for (const { kind, declarationKind } of declarations) {
      if (declarationKind !== "private") (typeKinds.has(kind) ? types : values).add(name);
    }
  }
  return {
    values: [...values].sort(),
    types: [...types].filter((name) => !values.has(name)).sort(),
  };
}

/** How two sets of exports differ, one line per name. */
export function diffExports(
  pinned: Record<string, EntryExports>,
  found: Record<string, EntryExports>,
): string[] {
  const before = lines(pinned);
  const after = lines(found);
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ];
}

function lines(all: Record<string, EntryExports>): string[] {
  return Object.entries(all).flatMap(([entry, { values, types }]) => [
    ...values.map((name) => `${entry}: value ${name}`),
    ...types.map((name) => `${entry}: type ${name}`),
  ]);
}
