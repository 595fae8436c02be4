/** Writes docs/api.md: `deno task api`. `--help` says what it does. */
import { printSymbol } from "./_api/print_symbol.ts";
import { type EntryPoint, type PublicSymbol, readEntryPoints } from "./_api/public_symbols.ts";
import { commandLine } from "./_lib/command_line.ts";
import { formatMarkdown, writeOrCheck } from "./_lib/format_markdown.ts";

const { values } = commandLine({
  help: `Writes docs/api.md from the declarations and the doc comments of the entry points.

  deno task api [--check]

  --check  writes nothing, and fails where the file differs`,
  options: { check: { type: "boolean", default: false } },
});
const entries = readEntryPoints();
const printed = new Set<unknown>();
const known = new Set(entries.flatMap(({ symbols }) => symbols.map(({ name }) => name)));

/** `{@linkcode Name}` becomes code, and a link where the name has a section of its own. */
function link(text: string): string {
  return text.replace(/\{@link(?:code)?\s+([^\s}|]+)[^}]*\}/g, (_match, target: string) => {
    const owner = target.split(".")[0] ?? target;
    return known.has(owner) ? `[\`${target}\`](#${owner.toLowerCase()})` : `\`${target}\``;
  });
}

function printEntry({ name, about, symbols, everythingOf }: EntryPoint): string {
  const files = everythingOf.map((file) => `\`${file}\``).join(", ");
  const generated = files === ""
    ? ""
    : `Also every type of ${files}, one for each shape on the wire.`;
  const index = symbols.map((symbol) => `[${symbol.name}](#${symbol.name.toLowerCase()})`);
  return [
    `## ${name}`,
    link(about),
    generated,
    index.join(" · "),
    ...symbols.filter(isNew).map((symbol) => printSymbol(symbol, link)),
  ].filter((part) => part !== "").join("\n\n");
}

/** What several entry points export is described once. */
function isNew({ declarations: [declaration] }: PublicSymbol): boolean {
  const seen = printed.has(declaration);
  printed.add(declaration);
  return !seen;
}

const text = [
  "# API reference",
  "Made from the doc comments by `deno task api`; do not edit. Examples are in [examples](../examples).",
  ...entries.map(printEntry),
].join("\n\n");
writeOrCheck("docs/api.md", formatMarkdown(text), "api", values.check);
