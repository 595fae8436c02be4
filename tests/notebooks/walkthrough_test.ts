/**
 * Runs the cells one by one in Deno's evaluator, which its Jupyter kernel also uses: Jupyter itself would come from
 * another registry than everything else.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { assert, assertEquals, assertMatch } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { environment, output, root, runtime, withFolder } from "../process/_current.ts";

const options = {
  timeoutMs: 150_000,
  ...(runtime === "deno" ? {} : { skip: "the notebook is for Deno's kernel" }),
};

interface Notebook {
  readonly cells: readonly { readonly cell_type: string; readonly source: readonly string[] }[];
  readonly metadata: { readonly kernelspec: { readonly name: string } };
}

async function codeCells(): Promise<string[]> {
  const text = await readFile(join(root, "notebooks/walkthrough.ipynb"), "utf8");
  const { cells, metadata } = JSON.parse(text) as Notebook;
  assertEquals(metadata.kernelspec.name, "deno");
  return cells.filter(({ cell_type: type }) => type === "code").map(({ source }) =>
    source.join("")
  );
}

test("the notebook runs cell by cell, and every cell prints something", async () => {
  await withFolder(async (folder) => {
    const cells = await codeCells();
    const files: string[] = [];
    for (const [index, cell] of cells.entries()) {
      for (const text of [`console.log("cell ${index + 1}:");`, cell]) {
        files.push(join(folder, `${files.length}.ts`));
        await writeFile(files.at(-1) ?? "", text);
      }
    }
    const command = [process.execPath, "repl", "-A", "--quiet", `--eval-file=${files.join(",")}`];
    const { stdout, stderr, code } = await output(command, {
      cwd: root,
      env: { ...environment(), TMPDIR: folder, NO_COLOR: "1" },
      input: "",
    });
    assertEquals([code, stderr], [0, ""], stdout);
    assert(!stdout.includes("Uncaught"), stdout);
    const printed = stdout.split(/^cell \d+:\n/m).slice(1);
    assertEquals(printed.length, cells.length);
    for (const [index, text] of printed.entries()) assert(text !== "", `cell ${index + 1}`);
    assertMatch(stdout, /It is 42\.[^]*A heron \|stands[^]*interrupted\n/);
    assertMatch(stdout, /May I\? echo 12 [^]*3 gears, none ordered\n[^]*turn_failed[^]*closed/);
    const left = (await readdir(folder)).filter((entry) => entry.startsWith("codex-test-"));
    assertEquals(left, []);
  });
}, options);

test("the notebook's cells type-check", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "cells.ts");
    await writeFile(file, `${(await codeCells()).join("\n")}\nexport {};\n`);
    const config = `--config=${join(root, "deno.json")}`;
    const { stderr, code } = await output(
      [process.execPath, "check", "--quiet", config, file],
      { cwd: root },
    );
    assertEquals(code, 0, stderr);
  });
}, options);
