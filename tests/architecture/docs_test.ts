import { readFileSync } from "node:fs";
import { join } from "node:path";
import { namedTests, withoutIds } from "../../scripts/_lib/named_tests.ts";
import { entryPoints, libraryFiles } from "../../scripts/_lib/package_files.ts";
import { filesUnder, projectRoot } from "../../scripts/_lib/project.ts";
import { readSurface } from "../../scripts/_lib/public_surface.ts";
import { parity } from "../parity.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { fencedCode, rawPrints } from "./_raw_prints.ts";

function read(file: string): string {
  return readFileSync(join(projectRoot, file), "utf8");
}

test("withoutIds removes only the ids at the end of a test name", () => {
  assertEquals(withoutIds("a [R-01] does b [R-02] [R-03]"), "a [R-01] does b");
});

test("the table of parity names only tests that exist", () => {
  const tests = namedTests();
  const names = Object.values(parity).flat().flatMap((behaviour) => behaviour.tests);
  assertEquals(names.filter((name) => !tests.has(name)), []);
  assert(names.length > 40);
});

test("the API reference has every name that the entry points export", () => {
  for (const [entry, { values, types }] of Object.entries(readSurface(entryPoints()))) {
    if (entry === "./protocol") continue; // there is one type for each shape in the protocol
    const page = entry === "." ? "mod" : entry.slice(2);
    const text = read(`docs/api/${page}.md`);
    const names = [...values, ...types];
    assertEquals(names.filter((name) => !text.includes(`[${name}](`)), [], entry);
  }
}, { timeoutMs: 60_000 });

test("the API reference has signature, sentence and throws, and nothing private", () => {
  const page = read("docs/api/mod/Codex.md");
  assertStringIncludes(page, "# Class: Codex\n\nA client of one `codex app-server`.");
  assertStringIncludes(page, "static start(options?): Promise<Codex>;");
  assertMatch(page, /#### Throws\n+`?RuntimeNotFoundError`?/);
  assert(!/^#+ #|\bprivate\b|\bprotected\b/m.test(page), page);
});

test("rawPrints finds agent text that is printed as it is, and accepts what printable() has escaped", () => {
  const raw = [
    "console.log(result.finalResponse);",
    "console.log((await thread.run(input)).finalResponse ?? '');",
    "console.error(`$ ${item.command}`, 1);",
    "for await (const word of turn.textStream()) process.stdout.write(word);",
    "for await (const line of view.output) console.log(line.trim());",
    "const ok = confirm(`Run ${script}?`);",
    "console.log(done ? item.text : '');",
    "console.log(exitCode, (await command.output()).stdout.trim());",
  ];
  assertEquals(raw.map((code) => rawPrints(code).length), raw.map(() => 1));
  const safe = [
    "console.log(printable(result.finalResponse ?? ''));",
    "console.log(printable(`$ ${item.command}`), item.status);",
    "console.log(finalResponse === 'hello', finalResponse.length);",
    "console.log({ finalResponse }, [item.text]); // the console escapes these",
    "for await (const word of turn.textStream()) process.stdout.write(printable(word));",
    "for await (const line of other()) console.log(line);",
  ];
  assertEquals(safe.flatMap(rawPrints), []);
  const page = ["/**", " * ```ts", " * console.log(piece);", " * ```", " */", "```js", "a;", "```"];
  const blocks = fencedCode(page.join("\n"));
  assertEquals(blocks, [{ line: 2, code: "console.log(piece);\n" }, { line: 6, code: "a;\n" }]);
});

test("pages, doc comments and examples print agent text only through printable() [R-106]", () => {
  const pages = filesUnder("docs", ".md").filter((file) => !file.startsWith("docs/api/"));
  const files = ["README.md", "examples/README.md", ...pages, ...libraryFiles()];
  const blocks = files.flatMap((file) =>
    fencedCode(read(file)).map((block) => ({ file, ...block }))
  );
  assert(blocks.length > 400);
  const programs = filesUnder("examples", ".ts").map((file) => ({
    file,
    line: 0,
    code: read(file),
  }));
  const found = [...blocks, ...programs].flatMap(({ file, line, code }) =>
    rawPrints(code).map((print) => `${file}:${line + print.line} ${print.call}`)
  );
  assertEquals(found, []);
});
