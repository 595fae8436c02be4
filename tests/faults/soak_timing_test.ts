/** The short form of `deno task soak`. */
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { growthIn, soak, SOAKS } from "./_soak.ts";

/** What grows does so in each round; what a busy machine disturbs does not. */
const ROUNDS = 3;

for (const each of SOAKS) {
  test(`time, memory and handles stay flat over many ${each.name}`, async () => {
    let growth: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      growth = growthIn(await soak(each, 1));
      if (growth.length === 0) return;
    }
    assertEquals(growth, []);
  });
}
