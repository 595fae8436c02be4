/** The part of the JSR score that the sources decide: 14 of its 18 points. `deno publish --dry-run` checks slow types. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../../scripts/_lib/command.ts";
import { entryPoints } from "../../scripts/_lib/package_files.ts";
import { denoPath, projectRoot } from "../../scripts/_lib/project.ts";
import { assert, assertEquals, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

interface DocSymbol {
  readonly name: string;
  readonly declarations: readonly {
    readonly declarationKind: string;
    readonly kind: string;
    readonly jsDoc?: object;
    readonly def?: { readonly hasBody?: boolean };
  }[];
}

interface DocModule {
  readonly module_doc?: { readonly doc?: string };
  readonly symbols?: readonly DocSymbol[];
}

test(
  "the package has a readme with examples, and documents every entry point and symbol [R-83]",
  async () => {
    assertStringIncludes(readFileSync(join(projectRoot, "README.md"), "utf8"), "```");
    const entries = [...new Set(Object.values(entryPoints()))];
    const { code, stdout, output } = await runCommand(denoPath(), ["doc", "--json", ...entries]);
    assertEquals(code, 0, output);
    const { nodes } = JSON.parse(stdout) as { nodes: Readonly<Record<string, DocModule>> };
    const modules = Object.entries(nodes);
    assertEquals(modules.length, entries.length);
    assertEquals(modules.filter(([, { module_doc }]) => !module_doc?.doc).map(([url]) => url), []);
    const declared = modules.flatMap(([, { symbols = [] }]) => symbols.flatMap(described));
    assert(declared.length > 300, `${declared.length} symbols`);
    assertEquals(declared.filter(({ jsDoc }) => jsDoc === undefined), []);
  },
  { timeoutMs: 240_000 },
);

/** Returns the declarations that need a comment: a reference has it at its declaration, an overload at its signatures. */
function described({ name, declarations }: DocSymbol): { name: string; jsDoc?: object }[] {
  return declarations.filter(({ declarationKind, kind, def }) => {
    const isBody = declarations.length > 1 && def?.hasBody === true;
    return declarationKind !== "private" && kind !== "reference" && !isBody;
  }).map(({ jsDoc }) => ({ name, ...(jsDoc === undefined ? {} : { jsDoc }) }));
}
