/** The matrix of faults over real processes and sockets: see `tests/faults/_program.ts`. */
import { join } from "node:path";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { output, root, scriptCommand } from "../process/_current.ts";

test(
  "over processes and sockets that misbehave, every call settles, every loop ends, and the program exits by itself",
  async () => {
    const program = join(root, "tests", "faults", "_program.ts");
    const { stdout, stderr, code } = await output(scriptCommand(program, "-A"));
    assertEquals({ stdout, stderr, code }, { stdout: "27 cells\n", stderr: "", code: 0 });
  },
  { timeoutMs: 240_000 },
);
