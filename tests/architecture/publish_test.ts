import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { checks } from "../../scripts/_lib/gate.ts";
import { runCommand } from "../../scripts/_lib/command.ts";
import { entryPoints } from "../../scripts/_lib/package_files.ts";
import { denoPath, projectRoot } from "../../scripts/_lib/project.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

/** The linter takes the types of npm packages for private ones; those of the optional peers are documented there. */
const ofPeers =
  /references private type '(?:ChatTransport|InferUIMessageChunk|LanguageModelV4|ProviderV4|UIMessage)'/;

async function passes(...args: string[]): Promise<void> {
  const { code, output } = await runCommand(denoPath(), args, { timeoutMs: 280_000 });
  assertEquals(code, 0, output);
}

test("the package is ready to publish, without slow types [R-83]", async () => {
  // The gate checks the types of the same files.
  await passes("publish", "--quiet", "--dry-run", "--allow-dirty", "--no-check");
}, { timeoutMs: 300_000 });

test("the gate lints with the registry's rules [R-83]", () => {
  assertEquals(checks()["lint"], ["lint"]);
  const config = readFileSync(new URL("../../deno.json", import.meta.url), "utf8");
  const { lint } = JSON.parse(config) as { lint: { rules: Record<string, string[]> } };
  assertEquals(lint.rules["tags"], ["recommended", "jsr"]);
  assertEquals(lint.rules["exclude"], undefined);
});

test("the package documents all exports [R-83]", async () => {
  const args = ["doc", "--lint", ...new Set(Object.values(entryPoints()))];
  const { output } = await runCommand(denoPath(), args, { timeoutMs: 280_000 });
  const faults = stripVTControlCharacters(output).split("\n")
    .filter((line) => line.startsWith("error[") && !ofPeers.test(line));
  assertEquals(faults, []);
}, { timeoutMs: 300_000 });

test("every exported symbol has an example, except generated ones", async () => {
  const missing: string[] = [];
  for (const { symbols = [] } of Object.values(await readDocs(Object.values(entryPoints())))) {
    for (const { name, declarations } of symbols) {
      // What another entry point exports too is a reference, and described there.
      const described = declarations.filter(({ kind, declarationKind, location }) => {
        return declarationKind !== "private" && kind !== "reference" &&
          !location.filename.includes("/src/generated/");
      });
      const hasExample = described.some(({ jsDoc }) => jsDoc?.tags?.some(isExample));
      if (described.length > 0 && !hasExample) missing.push(name);
    }
  }
  assertEquals(missing, []);
}, { timeoutMs: 60_000 });

test("every entry point has a description [R-83]", async () => {
  const plain = "src/process/child_env.ts";
  const paths = [...Object.values(entryPoints()), plain];
  const docs = await readDocs(paths);
  const hasNone = (path: string): boolean => {
    return !docs[pathToFileURL(join(projectRoot, path)).href]?.module_doc?.doc;
  };
  assertEquals(paths.filter(hasNone), [plain]);
}, { timeoutMs: 60_000 });

interface DocModule {
  readonly module_doc?: { readonly doc?: string };
  readonly symbols?: readonly {
    readonly name: string;
    readonly declarations: readonly {
      readonly kind: string;
      readonly declarationKind: string;
      readonly location: { readonly filename: string };
      readonly jsDoc?: { readonly tags?: readonly { readonly kind: string }[] };
    }[];
  }[];
}

function isExample({ kind }: { readonly kind: string }): boolean {
  return kind === "example";
}

async function readDocs(paths: readonly string[]): Promise<Record<string, DocModule>> {
  const { code, stdout, output } = await runCommand(denoPath(), ["doc", "--json", ...paths]);
  assertEquals(code, 0, output);
  return JSON.parse(stdout).nodes;
}
