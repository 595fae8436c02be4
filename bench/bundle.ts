/**
 * Sizes, beside the packages of others: what `npm pack` makes of them, what an import loads, and a minified program with one
 * import, compressed. Nothing here depends on the runtime.
 *
 * Run it with `deno task bench bundle`.
 */
import { realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type OutputChunk, rolldown } from "rolldown";
import { runCommand } from "../scripts/_lib/command.ts";
import type { Series } from "./_lib/alternate.ts";
import { installedIn, OURS, PEERS } from "./_lib/installed.ts";
import { report } from "./_lib/results.ts";

const folder = installedIn();

/** A program that starts and runs a turn, or the least that is like it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  [OURS]: `import { Codex } from "${OURS}";
    const codex = await Codex.start();
    console.log(await (await codex.threadStart()).run("Say hello"));`,
  "@openai/codex-sdk": `import { Codex } from "@openai/codex-sdk";
    console.log(await new Codex().startThread().run("Say hello"));`,
  "@agentclientprotocol/sdk": `import { client, ndJsonStream } from "@agentclientprotocol/sdk";
    console.log(client().connect(ndJsonStream(process.stdin, process.stdout)));`,
};

interface Sizes {
  readonly programKb: number;
  readonly loadedModules: number;
  readonly packedKb: number;
}

/** Returns the chunks that load when the first one is imported, with that one. */
function loadedWith(first: OutputChunk, all: readonly OutputChunk[]): ReadonlySet<OutputChunk> {
  const loaded = new Set([first]);
  for (const { imports } of loaded) {
    for (const name of imports) {
      const chunk = all.find(({ fileName }) => fileName === name);
      if (chunk !== undefined) loaded.add(chunk);
    }
  }
  return loaded;
}

async function sizesOf(name: string): Promise<Sizes> {
  const input = join(folder, "program.mjs");
  writeFileSync(input, PROGRAMS[name] ?? "");
  await using bundler = await rolldown({ cwd: folder, input, platform: "node" });
  const { output } = await bundler.generate({ minify: true });
  const chunks = output.filter((part) => part.type === "chunk");
  // On Node, a start also loads what is imported for Node.
  const first = chunks.filter(({ fileName }) => /^(?:program|node-)/.test(fileName));
  const loaded = new Set(first.flatMap((chunk) => [...loadedWith(chunk, chunks)]));
  const bytes = [...loaded].reduce((sum, { code }) => sum + gzipSync(code).length, 0);
  const [program] = chunks.filter(({ isEntry }) => isEntry);
  const modules = program === undefined ? [] : [...loadedWith(program, chunks)]
    .flatMap(({ moduleIds }) => moduleIds.filter((id) => id.includes("node_modules")));
  const cwd = realpathSync(join(folder, "node_modules", name));
  const pack = await runCommand("npm", ["pack", "--json", "--dry-run", "--ignore-scripts"], {
    cwd,
  });
  const [{ size }] = JSON.parse(pack.stdout);
  return { programKb: bytes / 1_000, loadedModules: modules.length, packedKb: size / 1_000 };
}

const names = [OURS, ...PEERS];
const sizes: Sizes[] = [];
for (const name of names) sizes.push(await sizesOf(name));
const series = (field: keyof Sizes): Series[] =>
  names.map((name, index) => ({ name, values: [sizes[index]?.[field] ?? NaN], wallMs: [] }));
const bench = { bench: "bundle", runtime: "on every runtime" };
report({ ...bench, task: "program, gzipped", unit: "kB" }, series("programKb"));
report({ ...bench, task: "modules loaded", unit: "modules" }, series("loadedModules"));
report({ ...bench, task: "npm pack", unit: "kB" }, series("packedKb"));
