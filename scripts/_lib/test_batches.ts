/** Which test files run on which runtimes, and which share a process. */
import { filesUnder } from "./project.ts";

export type RuntimeName = "deno" | "bun" | "node";

export const runtimeNames: readonly RuntimeName[] = ["deno", "bun", "node"];

/**
 * - `unit`: starts no process and measures nothing; all of a runtime share one process
 * - `system`: starts processes, such as the real binary
 * - `tooling`: tests the scripts or the repository, and runs on Deno alone, as the scripts do
 * - `exclusive`: uses what a machine has once, such as a port: the runtimes take turns
 * - `timed`: compares times or memory, and runs with a core to itself
 */
export type TestKind = "tooling" | "system" | "exclusive" | "unit" | "timed";

export interface Batch {
  readonly runtime: RuntimeName;
  readonly kind: TestKind;
  readonly files: readonly string[];
}

/** Maximum number of files per process, if several processes can share the work. */
const BATCH_FILES = 16;

const exclusive = /^tests\/e2e\/login_browser_test\.ts$/;
const timed = /_(?:scaling|timing)_test\.ts$/;
const tooling =
  /^tests\/(?:architecture|deploy|notebooks|npm|release|scripts|generated\/(?:generate|types|upstream))|^tests\/[^/]*$/;
const system =
  /^tests\/(?:e2e|examples|fleet|generated|transports)\/|\/(?:sshd|stdio|process_transport|child_socket)_test\.ts$/;

export function kindOf(file: string): TestKind {
  if (timed.test(file)) return "timed";
  if (exclusive.test(file)) return "exclusive";
  if (tooling.test(file)) return "tooling";
  return system.test(file) ? "system" : "unit";
}

/**
 * Lists the test files among `paths`: files or folders, everything if empty.
 *
 * @throws {Error} if a path holds no test file
 */
export function testFiles(paths: readonly string[]): string[] {
  const all = filesUnder("tests", "_test.ts");
  if (paths.length === 0) return all;
  const wanted = paths.flatMap((path) => {
    const plain = path.replace(/^\.\//, "").replace(/\/+$/, "");
    const files = all.filter((file) => file === plain || file.startsWith(`${plain}/`));
    if (files.length === 0) throw new Error(`There is no test file at "${path}"`);
    return files;
  });
  return all.filter((file) => wanted.includes(file));
}

/** Divides test files into the processes that run them. The longest, the units, come first. */
export function batchesOf(files: readonly string[], runtimes: readonly RuntimeName[]): Batch[] {
  const kinds: readonly TestKind[] = ["unit", "tooling", "system", "exclusive", "timed"];
  return kinds.flatMap((kind) => {
    const some = files.filter((file) => kindOf(file) === kind);
    const isDivided = kind === "tooling" || kind === "system";
    const count = isDivided ? Math.ceil(some.length / BATCH_FILES) : Math.min(1, some.length);
    const where = kind === "tooling" ? runtimes.filter((name) => name === "deno") : runtimes;
    return Array.from({ length: count }).flatMap((_, index) => {
      // Dealt out like cards, because neighbouring files are alike.
      const group = some.filter((_, position) => position % count === index);
      return where.map((runtime) => ({ runtime, kind, files: group }));
    });
  });
}
