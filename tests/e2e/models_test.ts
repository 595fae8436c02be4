import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

test("Codex.models lists the real binary's models", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const models = await codex.models();
  const { data } = await codex.request("model/list", { limit: 1 });
  assertEquals(models[0], data[0]);
  assertEquals(models.length > 1, true);
  assertEquals((await codex.models({ includeHidden: true })).length >= models.length, true);
});
