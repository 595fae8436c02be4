import { execFile } from "node:child_process";
import { appendFile, cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { withUpstream } from "../../scripts/_generate/run_upstream.ts";
import { denoPath, projectRoot } from "../../scripts/_lib/project.ts";
import { assert, assertEquals, assertGreater, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const GENERATED = fileURLToPath(new URL("../../src/generated/", import.meta.url));
const SCRIPT = fileURLToPath(new URL("../../scripts/generate_types.ts", import.meta.url));

test(
  "deno task generate --check finds src/generated as the pinned binary has it [R-71]",
  async () => {
    const { code, stderr } = await runScript("--check");
    assertEquals([code, stderr], [0, ""]);
  },
  { timeoutMs: 150_000 },
);

test("deno task generate writes the same bytes each time [R-71]", async () => {
  await withFolder(async (folder) => {
    assertEquals((await runScript(`--out=${folder}`)).code, 0);
    assertEquals(await readAll(join(projectRoot, folder)), await readAll(GENERATED));
  });
}, { timeoutMs: 150_000 });

test(
  "deno task generate --check exits with 1 and the differences, and mends none [R-71]",
  async () => {
    await withFolder(async (folder) => {
      await cp(GENERATED, join(projectRoot, folder), { recursive: true });
      await appendFile(join(projectRoot, folder, "methods.ts"), "// changed by hand\n");
      await rm(join(projectRoot, folder, "version.ts"));
      for (let run = 0; run < 2; run++) {
        const { code, stderr } = await runScript("--check", `--out=${folder}`);
        assertEquals(code, 1);
        assertStringIncludes(stderr, "methods.ts is not as generated");
        assertStringIncludes(stderr, "-// changed by hand");
        assertStringIncludes(stderr, "version.ts is not as generated");
        assert(!stderr.includes("types.ts is not"), stderr);
      }
    });
  },
  { timeoutMs: 150_000 },
);

test("generate keeps upstream's comments out of every file", async () => {
  const sentences = await withUpstream(async ({ experimental }) => {
    const found = new Set<string>();
    for (const name of await readdir(experimental, { recursive: true })) {
      if (!name.endsWith(".ts")) continue;
      const text = await readFile(join(experimental, name), "utf8");
      for (const sentence of commentSentences(text)) found.add(sentence);
    }
    return found;
  });
  assertGreater(sentences.size, 1_000);
  const written = Object.values(await readAll(GENERATED)).flatMap(commentSentences);
  assertGreater(written.length, 900);
  assertEquals(written.filter((sentence) => sentences.has(sentence)), []);
  const text = written.join("\n");
  const long = [...sentences].filter((sentence) => sentence.split(" ").length >= 4);
  assertEquals(long.filter((sentence) => text.includes(sentence)), []);
}, { timeoutMs: 150_000 });

/** The sentences of all comments, without markers and line breaks. */
function commentSentences(text: string): string[] {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, undefined, text);
  const sentences: string[] = [];
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    const isComment = kind === ts.SyntaxKind.MultiLineCommentTrivia ||
      kind === ts.SyntaxKind.SingleLineCommentTrivia;
    if (!isComment) continue;
    const inner = scanner.getTokenText().replace(/^\/\*+|\*\/$|^\/\/ ?/g, "");
    const words = inner.replace(/^ *\* ?/gm, "");
    sentences.push(...words.replace(/\s+/g, " ").split(/(?<=[.!?]) /).map((it) => it.trim()));
  }
  return sentences.filter((sentence) => sentence !== "");
}

async function readAll(folder: string): Promise<Record<string, string>> {
  const entries = (await readdir(folder)).sort().map(async (name) =>
    [name, await readFile(join(folder, name), "utf8")] as const
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** Passes on the path of a scratch folder, from the root of the project. */
async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "codex-generated-"));
  try {
    await use(relative(projectRoot, folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runScript(...args: string[]): Promise<{ code: number | string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(denoPath(), ["run", "-A", SCRIPT, ...args], (error, _stdout, stderr) => {
      resolve({ code: error ? error.code ?? "killed" : 0, stderr });
    });
  });
}
