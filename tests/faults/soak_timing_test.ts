/** The short form of `deno task soak`. */
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { growthIn, soak, SOAKS } from "./_soak.ts";

for (const each of SOAKS) {
  test(`time, memory and handles stay flat over many ${each.name}`, async () => {
    assertEquals(growthIn(await soak(each, 1)), []);
  });
}
