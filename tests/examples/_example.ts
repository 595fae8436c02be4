/** Runs an example as a user would: as a separate program, on the runtime of the tests. */
import { readdir, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { assertEquals } from "../_support/assert.ts";
import {
  environment,
  output,
  root,
  runtime,
  scriptCommand,
  withFolder,
} from "../process/_current.ts";

/** The command line of an example. */
export function exampleCommand(name: string): string[] {
  return scriptCommand(join(root, `examples/${name}.ts`), "-A");
}

/** Runs an example to its end and returns its output. It must exit as expected and leave no files behind. */
export function runExample(name: string, input?: string, expectedCode = 0): Promise<string> {
  return withFolder(async (folder) => {
    // What tsx has compiled for the tests is compiled for the examples: they share the source.
    const compiled = `tsx-${process.getuid?.() ?? ""}`;
    if (runtime === "node") await symlink(join(tmpdir(), compiled), join(folder, compiled));
    const { stdout, stderr, code } = await output(exampleCommand(name), {
      cwd: root,
      env: { ...environment(), TMPDIR: folder },
      ...(input === undefined ? {} : { input }),
    });
    assertEquals([code, stderr.includes("rror")], [expectedCode, false], `${stdout}\n${stderr}`);
    const left = (await readdir(folder)).filter((entry) => entry.startsWith("codex-test-"));
    assertEquals(left, []);
    return stdout;
  });
}
