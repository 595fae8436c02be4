import { checkPublished, type NpmView } from "../../scripts/_release/artifacts.ts";
import { assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

/** A registry with these packages; the answer of `npm view` to others is the one for what is not there. */
function registry(packages: Readonly<Record<string, object | string>>): NpmView {
  return ([spec = "", field]) => {
    const found = packages[spec];
    if (found === undefined) {
      return Promise.resolve({ code: 1, stdout: "", output: "npm error code E404" });
    }
    const stdout = field === "version" ? JSON.stringify(spec) : JSON.stringify(found);
    return Promise.resolve({ code: 0, stdout, output: stdout });
  };
}

const linux = "@openai/codex@1.2.3-linux-x64";
const codex = { "@openai/codex-linux-x64": `npm:${linux}` };

test("checkPublished looks up Codex and its package for each platform", async () => {
  const asked: string[] = [];
  const view = registry({ "@openai/codex@1.2.3": codex, [linux]: "" });
  await checkPublished("1.2.3", (args) => {
    asked.push(args.join(" "));
    return view(args);
  });
  assertEquals(asked, [
    "@openai/codex@1.2.3 optionalDependencies --json",
    `${linux} version --json`,
  ]);
});

test("checkPublished refuses a Codex that cannot be installed, and names what is missing", async () => {
  const cases: readonly (readonly [NpmView, string])[] = [
    [registry({}), "the registry has no @openai/codex@1.2.3"],
    [registry({ "@openai/codex@1.2.3": codex }), `the registry has no ${linux}`],
    [registry({ "@openai/codex@1.2.3": {} }), "has no package for any platform"],
    // Some versions of npm answer with nothing and code 0.
    [() => Promise.resolve({ code: 0, stdout: "", output: "" }), "the registry has no"],
    [
      () => Promise.resolve({ code: 1, stdout: "", output: "npm error code ECONNREFUSED" }),
      "does not answer for @openai/codex@1.2.3\nnpm error code ECONNREFUSED",
    ],
  ];
  for (const [view, words] of cases) {
    await assertRejects(() => checkPublished("1.2.3", view), Error, words);
  }
});
