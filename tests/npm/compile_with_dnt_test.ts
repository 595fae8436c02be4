import { dntOptions, whyNoDnt } from "../../scripts/_npm/compile_with_dnt.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("whyNoDnt does not wait for a registry that does not answer", async () => {
  assertEquals(await whyNoDnt(1), "no answer within 0.001 s");
});

test("dntOptions ask for what the TypeScript compiler makes: ESM with declarations and maps", () => {
  const options = dntOptions({ root: "/project", entries: ["mod.ts", "a/b.ts"], out: "/out" });
  assertEquals(options["entryPoints"], [
    { name: "./mod.ts", path: "/project/mod.ts" },
    { name: "./a/b.ts", path: "/project/a/b.ts" },
  ]);
  const { outDir, esModule, scriptModule, declaration, skipSourceOutput } = options;
  assertEquals({ outDir, esModule, scriptModule, declaration, skipSourceOutput }, {
    outDir: "/out",
    esModule: true,
    scriptModule: false,
    declaration: "inline",
    skipSourceOutput: true,
  });
});
