/** Checks that the documents only name existing files and symbols. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { namedTests } from "../../scripts/_lib/named_tests.ts";
import { filesUnder, projectRoot } from "../../scripts/_lib/project.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

/** Names in the documents that are not in the tree, with the reason. */
const exceptions = new Map<string, string>(Object.entries({
  "..._scaling_test.ts": "a pattern",
  "..._timing_test.ts": "a pattern",
  "AGENTS.md": "a file of the user's project",
  "auth.json": "a file of Codex",
  "codex-package.json": "a file of Codex",
  "NOTES.md": "written by a release",
  "npm/": "written by a build",
  "release/": "written by a release",
  "sdk/": "a folder of the Codex repository",
  "rules/": "a folder of Codex",
  "CodexClient": "removed by ADR 24",
  "AccountClient": "removed by ADR 24",
  "ProtocolClient": "removed by ADR 24",
  "TurnRunner": "removed by ADR 24",
  "extra_body": "an argument of OpenAI's Python SDK",
  "Context": "a type of OpenTelemetry",
  "DENORT_BIN": "a variable of Deno",
  "NODE_EXTRA_CA_CERTS": "a variable of Node",
  "ERR_REQUIRE_ESM": "an error code of Node",
  "publish.include": "a field of deno.json",
  "isolatedDeclarations": "an option of TypeScript",
}));

const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "examples/README.md",
  ...filesUnder("docs", ".md").filter((file) => !file.startsWith("docs/api/")),
];

interface Span {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

function read(file: string): string {
  return readFileSync(join(projectRoot, file), "utf8");
}

/** Returns the code spans of a document, without its code blocks and what other SDKs call things. */
function spansOf(file: string): Span[] {
  const otherNames = file === "docs/migrating.md" ? "|^\\|[^|]*\\|" : "";
  const skipped = new RegExp("^```[^]*?^```" + otherNames, "gm");
  const text = read(file).replace(skipped, (block) => block.replace(/[^\n]/g, ""));
  return [...text.matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map((match) => {
    const line = text.slice(0, match.index).split("\n").length;
    return { file, line, text: (match[1] ?? "").replace(/\s+/g, " ") };
  });
}

const folders = "src|tests|scripts|docs|transports|examples|bench|notebooks|\\.ci|\\.github";
const path = new RegExp(
  `^(?:${folders})/[\\w./*-]*$|^[\\w./*-]+\\.(?:ts|mjs|md|json|ipynb|yml)$|^\\w+(?:/\\w+)*/$`,
);

/**
 * Returns whether the path exists from the root, next to the document, or below `src/` or `tests/`; the end of a path
 * is enough.
 */
function pathExists(text: string, file: string): boolean {
  const all = allFiles();
  const wanted = text.replace(/^(?:\.\.?\/)+/, "");
  if (text.includes("*")) return globSync(text, { cwd: projectRoot }).length > 0;
  return [".", dirname(file), "src", "tests"].map((folder) => join(projectRoot, folder))
    .some((folder) => existsSync(join(folder, text)) || existsSync(join(folder, `${text}.ts`))) ||
    all.some((one) => one.endsWith(`/${wanted}`));
}

const sources = ["src", "transports", "tests", "scripts", "examples", "bench"];
let known: string[] | undefined;

function allFiles(): string[] {
  return known ??= [...sources, "docs", "notebooks", ".github", ".ci"]
    .flatMap((folder) => filesUnder(folder, ""));
}

/** Returns every word of the code without comments; a name that is missing here was renamed or removed. */
function wordsOfCode(): Set<string> {
  const files = sources.flatMap((folder) => filesUnder(folder, ".ts"));
  const root = filesUnder(".", ".ts").filter((file) => !file.includes("/"));
  const words = new Set<string>(Object.getOwnPropertyNames(globalThis));
  for (const file of [...files, ...root]) {
    if (file.endsWith("doc_names_test.ts")) continue;
    const code = read(file).replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
    for (const [word] of code.matchAll(/[A-Za-z_$][\w$]*/g)) words.add(word);
  }
  return words;
}

/** Returns the names in a span that is a symbol: `Codex`, `Codex.start()`, `threadStart()`, `CLIENT_METHODS`. */
function symbolsIn(text: string): string[] {
  const [, names = ""] =
    /^(?:new |await )?([A-Za-z_]\w*(?:\.\w+)*)(?:<[\w, ]+>)?(?:\([^)]*\))?$/.exec(text) ?? [];
  if (names === "") return [];
  const isSymbol = /[a-z][A-Z]|^[A-Z]|_|\(/.test(text) || names.includes(".");
  return isSymbol ? names.split(".") : [];
}

test("the check of the documents finds missing files, and distinguishes symbols from other code", () => {
  const exists = (text: string): boolean => pathExists(text, "docs/faq.md");
  assertEquals(["src/codex.ts", "codex.ts", "mod.ts", "src/*.ts"].filter((it) => !exists(it)), []);
  assertEquals(["src/nowhere.ts", "nowhere.ts", "src/nowhere/", "src/*.mts"].filter(exists), []);
  const symbols = ["Codex", "new Codex()", "Codex.start()", "threadStart({ model })", "a_b"];
  assertEquals(symbols.map((text) => symbolsIn(text).join(".")), [
    "Codex",
    "Codex",
    "Codex.start",
    "threadStart",
    "a_b",
  ]);
  assertEquals(["null", "turn/start", "--only", "a: b"].flatMap(symbolsIn), []);
  assert(!wordsOfCode().has(["Nobody", "Says", "This"].join("")));
});

test("the documents name files that exist", () => {
  const missing = documents.flatMap(spansOf)
    .filter(({ text, file }) =>
      path.test(text) && !exceptions.has(text) && !pathExists(text, file)
    );
  assertEquals(missing.map(({ file, line, text }) => `${file}:${line} ${text}`), []);
});

test("the documents name symbols that exist", () => {
  const words = wordsOfCode();
  assert(words.size > 1_000);
  const missing = documents.flatMap(spansOf).filter(({ text }) => {
    return !path.test(text) && !exceptions.has(text) &&
      symbolsIn(text).some((name) => !words.has(name));
  });
  assertEquals(missing.map(({ file, line, text }) => `${file}:${line} ${text}`), []);
});

test("the exceptions of the documents are still needed", () => {
  const named = new Set(documents.flatMap(spansOf).map(({ text }) => text));
  assertEquals([...exceptions.keys()].filter((text) => !named.has(text)), []);
});

test("docs/field-reports.md names tests that exist", () => {
  const tests = namedTests();
  const rows = read("docs/field-reports.md").split("\n").filter((line) => /^\| .*#\d/.test(line));
  const named = rows.map((row) => /"([^"]*)" *\|$/.exec(row)?.[1] ?? row);
  assert(named.length >= 20);
  assertEquals(named.filter((name) => !tests.has(name)), []);
});
