/** Writes docs/parity.md: `deno task parity`. `--help` says what it does. */
import process from "node:process";
import { parity } from "../tests/parity.ts";
import { commandLine } from "./_lib/command_line.ts";
import { formatCode, writeOrCheck } from "./_lib/format_code.ts";
import { namedTests } from "./_lib/named_tests.ts";

const { values } = commandLine({
  help:
    `Writes docs/parity.md: each behaviour of tests/parity.ts with the tests that prove it, found in their files.

  deno task parity [--check]

  --check  writes nothing, and fails where the file differs`,
  options: { check: { type: "boolean", default: false } },
});
const files = namedTests();
const behaviours = Object.values(parity).flat();
const missing = behaviours.flatMap(({ tests }) => tests.filter((name) => !files.has(name)));
for (const name of missing) console.error(`There is no test "${name}"`);
const proven = behaviours.filter(({ tests }) => tests.length > 0).length;

function row(behaviour: string, tests: readonly string[]): string {
  const links = tests.map((name) => {
    const file = files.get(name)?.[0] ?? "";
    return `${name.replace(/[|<>*_]/g, "\\$&")} ([${file.replace(/^tests\//, "")}](../${file}))`;
  });
  return `| ${behaviour} | ${links.length > 0 ? links.join("<br>") : "**not yet**"} |`;
}

const text = [
  "# Parity with the Python SDK",
  "What the tests of OpenAI's Python SDK for `codex app-server` prove, and the tests that prove it here, on Deno, Bun " +
  "and Node. Those under `e2e/` and those that say so run on the real binary with a scripted model, the others with a " +
  "fake server or on the code alone. Made by `deno task parity` from `tests/parity.ts` and the tests; do not edit.",
  `${proven} of ${behaviours.length} behaviours have a test.`,
  ...Object.entries(parity).map(([area, list]) =>
    [
      `## ${area}`,
      "",
      "| behaviour | proved by |",
      "|---|---|",
      ...list.map(({ behaviour, tests }) => row(behaviour, tests)),
    ].join("\n")
  ),
].join("\n\n");

if (missing.length > 0) process.exitCode = 1;
else writeOrCheck("docs/parity.md", formatCode(text, "md"), "parity", values.check);
