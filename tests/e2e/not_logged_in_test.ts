/** A turn of a model that needs a login, without one. */
import { Codex, NotLoggedInError } from "../../mod.ts";
import { failure, ModelServer, TemporaryCodexHome } from "../../testing.ts";
import { assertEquals, assertInstanceOf, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("Thread.run rejects within seconds if nobody is logged in, and the thread is free again [R-101]", async () => {
  await using model = await ModelServer.start();
  for (let n = 0; n < 20; n++) model.enqueue(failure({ status: 401, body: { error: "no key" } }));
  await using home = await TemporaryCodexHome.create({
    rootToml: 'model_provider = "strict"',
    extraToml: `[model_providers.strict]
name = "Strict"
base_url = "${model.url}"
wire_api = "responses"
requires_openai_auth = true
stream_max_retries = 50`,
  });
  await using codex = new Codex({ env: home.env });
  const thread = await codex.threadStart({ cwd: home.workspace });
  for (let turn = 0; turn < 2; turn++) {
    const error = await thread.run("hi", { timeoutMs: 20_000 }).then(() => undefined, (e) => e);
    assertInstanceOf(error, NotLoggedInError);
    assertStringIncludes(error.message, "401");
  }
  assertEquals((await thread.read()).thread.status.type, "idle");
});
