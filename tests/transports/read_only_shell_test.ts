/** Random scripts that `approveReadOnly` accepts, run by a shell: they change nothing, and do not wait for input. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isReadOnlyScript } from "../../src/client/requests/read_only_script.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { output, withFolder } from "../process/_current.ts";
import { fc, rounds, seed } from "../_support/property.ts";

const wanted = rounds(60);

/** Words that read, write, wait and quote; what they could change is in the folder of the test alone. */
const WORDS = [
  ...[
    "cat",
    "head",
    "tail",
    "wc",
    "nl",
    "cut",
    "ls",
    "grep",
    "egrep",
    "find",
    "sed",
    "stat",
    "pwd",
  ],
  ...["touch", "rm", "tee", "cp", "mv", "xargs", "sort", "uniq", "tr", "dirname", "readlink", "cd"],
  ...["a", "b", "new", ".", "sub", "sub/c", "*", "'a'", '"b"', "'x y'", "--", "-", "../x/a"],
  ...["-n", "-r", "-e", "-f", "-c", "-i", "-l", "-1", "-d:", "-f1", "-name", "-delete", "-exec"],
  ...[
    "1p",
    "1,2p",
    "w new",
    "'1w new'",
    "s/a/b/",
    "-fprint",
    "-o",
    "--output=new",
    "-s",
    "{}",
    "+",
  ],
  ...["|", "||", "&&", ";", "&", ">", ">>", "<", "$(touch new)", "`touch new`", "$HOME", "\\", "#"],
];
const NAMED = /^(?:cat|head|tail|wc|nl|cut|ls|e?grep|find|sed|stat|pwd)$/;

/** Scripts that begin with a program that reads, as most others are refused at the first word. */
const script = fc.tuple(
  fc.constantFrom(...WORDS.filter((word) => NAMED.test(word))),
  fc.array(fc.constantFrom(...WORDS), { maxLength: 6 }),
  fc.constantFrom(" ", " ", "  ", ""),
).map(([program, words, gap]) => `${program} ${words.join(gap === "" ? " " : gap)}`);

/** Runs each script with an input that never ends, then prints those that waited for it or are no script. */
const RUN = `
mkfifo never && exec 3<> never
for each in ../scripts/*; do
  sh -n "$each" 2>/dev/null || echo "$each: syntax"
  timeout 5 sh "$each" <&3 >/dev/null 2>&1
  [ $? -eq 124 ] && echo "$each: waits"
done
rm never
ls -AR . && cat a b sub/c`;

test("a script that approveReadOnly accepts changes nothing, and waits for no input, in a real shell [R-116]", async () => {
  const accepted = new Set<string>();
  let refused = 0;
  for (let round = 0; accepted.size < wanted && round < 5_000; round++) {
    for (const each of fc.sample(script, { numRuns: 500, seed: seed + round })) {
      if (accepted.size >= wanted) break;
      if (isReadOnlyScript(each, "/work/x")) accepted.add(each);
      else refused++;
    }
  }
  assert(accepted.size === wanted && refused > wanted, `${accepted.size} of ${refused}`);
  await withFolder(async (folder) => {
    const prepare =
      "mkdir -p scripts x/sub && cd x && echo one:1 > a && echo two > b && echo c > sub/c";
    assertEquals((await output(["/bin/sh", "-c", prepare], { cwd: folder })).code, 0);
    for (const [at, each] of [...accepted].entries()) {
      await writeFile(join(folder, "scripts", String(at)), each);
    }
    const { stdout } = await output(["/bin/sh", "-c", RUN], { cwd: join(folder, "x") });
    const scripts = [...accepted].map((each, at) => `${at}: ${each}`).join("\n");
    assertEquals(stdout, ".:\na\nb\nsub\n\n./sub:\nc\none:1\ntwo\nc\n", `seed ${seed}\n${scripts}`);
  });
});
