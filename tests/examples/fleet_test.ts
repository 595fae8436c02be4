/** The fleet on one machine, as `npm run fleet -- --once` runs it. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { assertEquals, assertMatch } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { environment, output, root, scriptCommand, withFolder } from "../process/_current.ts";

test(
  "the fleet example finishes ten jobs although a worker is killed, and leaves nothing [R-110]",
  () =>
    withFolder(async (folder) => {
      const file = join(root, "examples/fleet/main.ts");
      const { stdout, stderr, code } = await output([...scriptCommand(file, "-A"), "--once"], {
        cwd: root,
        env: { ...environment(), TMPDIR: folder },
      });
      assertEquals(code, 0, `${stdout}\n${stderr}`);
      assertEquals(stdout.match(/^"[\w-]+" completed\.$/gm)?.length, 10, stdout);
      assertMatch(
        stdout,
        /^migration +completed +(worker-\d) -> (?!\1)worker-\d +\d+ +migration\.txt$/m,
      );
      assertEquals(stdout.includes("repeated"), false, stdout);
      const left = (await readdir(folder)).filter((name) => /^codex-(?:test|fleet|pg)-/.test(name));
      assertEquals(left, []);
    }),
  { timeoutMs: 180_000 },
);
