import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { projectRoot } from "../../scripts/_lib/project.ts";
import { assertEquals, assertLess } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("the client of the gateway is less than 8 kB for a page, and needs no runtime", async () => {
  const bundle = await rolldown({
    input: join(projectRoot, "gateway/client.ts"),
    platform: "browser",
    logLevel: "silent",
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  assertEquals(output.length, 1); // nothing is loaded later
  const { code } = output[0];
  assertLess(gzipSync(code).byteLength, 8_000);
  for (const word of ["Deno", "Bun", "process", "require", "node:", "Buffer"]) {
    assertEquals(code.includes(word), false, word);
  }
});
