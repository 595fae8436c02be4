/** Compile-time checks: this file does not compile if the types of commands and files are wrong. */
import type { Codex, ExecOutput, ExecStatus, FsWatch } from "../../../mod.ts";
import type { Bytes } from "../../../types.ts";
import { assert } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

/** Compiles only for the type `true`. */
function holds<_Fact extends true>(): void {}

/** Only compiled, never run. */
export async function commandsAndFiles(codex: Codex): Promise<void> {
  // @ts-expect-error -- a command is an array: no shell parses it
  codex.exec("git status");
  // @ts-expect-error -- the input is either given or piped
  codex.exec(["cat"], { stdin: "inherit" });
  // @ts-expect-error -- no such preset
  codex.exec(["cat"], { sandbox: "none" });
  const run = codex.exec(["cat"] as const, { sandbox: "readOnly", tty: { rows: 1, cols: 2 } });
  holds<Equal<typeof run.stdin, WritableStream<Uint8Array>>>();
  holds<Equal<typeof run.stdout, ReadableStream<Bytes>>>();
  holds<Equal<Bytes, Uint8Array<ArrayBuffer>>>();
  // Returned bytes fit the platform's own functions, which do not accept shared memory.
  run.stderr.pipeThrough(new TextDecoderStream());
  const bytes = await codex.fs.read("/x");
  new Blob([bytes, await crypto.subtle.digest("SHA-256", bytes)]).stream().pipeTo(run.stdin);
  holds<Equal<typeof run.done, Promise<ExecStatus>>>();
  const output = await run.output();
  holds<Equal<typeof output, ExecOutput>>();
  const asStatus: ExecStatus = output;
  void asStatus;
  codex.exec(["cat"], { sandbox: { type: "readOnly", networkAccess: true }, signal: undefined });
  const watch = await codex.fs.watch("/x");
  holds<Equal<typeof watch, FsWatch>>();
  for await (const { paths } of watch) holds<Equal<typeof paths, readonly string[]>>();
  // @ts-expect-error -- text is written with writeText
  await codex.fs.write("/x", "text");
}

test("the types of commands and files compile", () => {
  assert(typeof commandsAndFiles === "function");
});
