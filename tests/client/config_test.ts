import { ConfigWriteError, InvalidRequestError } from "../../errors.ts";
import { assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { clientOf, fakeServer } from "./_fixture.ts";

test("config.write sends all settings in one request, and only values that are JSON", async () => {
  await using client = clientOf(fakeServer());
  const { codex, server } = client;
  const written = {
    status: "ok" as const,
    version: "2",
    filePath: "/config.toml",
    overriddenMetadata: null,
  };
  server.on("config/batchWrite", () => written);
  const options = {
    mergeStrategy: "upsert",
    expectedVersion: "1",
    reloadUserConfig: true,
  } as const;
  assertEquals(await codex.config.write({ model: "a", "tools.b": null }, options), written);
  assertEquals((await server.nextRequest("config/batchWrite")).params, {
    edits: [
      { keyPath: "model", value: "a", mergeStrategy: "upsert" },
      { keyPath: "tools.b", value: null, mergeStrategy: "upsert" },
    ],
    expectedVersion: "1",
    reloadUserConfig: true,
  });
  for (const settings of [{}, [], null, "model"]) {
    await assertRejects(() => codex.config.write(settings as never), TypeError, "no settings");
  }
  const unset = { model: undefined } as never;
  await assertRejects(() => codex.config.write(unset), TypeError, "use null to remove it");
  assertEquals(server.received.filter(({ method }) => method === "config/batchWrite").length, 1);
});

test("config.write tells a refusal to write from other errors", async () => {
  await using client = clientOf(fakeServer());
  const { codex, server } = client;
  for (
    const [sent, reason] of [["configVersionConflict", "configVersionConflict"], ["x", "other"]]
  ) {
    server.on(
      "config/batchWrite",
      (_params, request) =>
        request.fail({ code: -32600, message: "no", data: { config_write_error_code: sent } }),
    );
    const error = await assertRejects(() => codex.config.write({ model: "a" }), ConfigWriteError);
    assertEquals([error.reason, error.code, error.rpcCode], [reason, "config_write", -32600]);
  }
  server.on(
    "config/batchWrite",
    (_params, request) => request.fail({ code: -32600, message: "no" }),
  );
  const other = await assertRejects(() => codex.config.write({ model: "a" }), InvalidRequestError);
  assertEquals(other instanceof ConfigWriteError, false);
});
