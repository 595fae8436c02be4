import { assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { open } from "./_fixture.ts";

/** A model with its efforts; its other fields do not matter here. */
function model(id: string, ...efforts: string[]): unknown {
  const supportedReasoningEfforts = efforts.map((reasoningEffort) => ({ reasoningEffort }));
  return { id, supportedReasoningEfforts };
}

test("Codex.models reads every page and keeps the order of models and efforts [R-73]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const pages = new Map<unknown, unknown>([
    [undefined, { data: [model("b", "high", "low"), model("a", "low")], nextCursor: "2" }],
    ["2", { data: [], nextCursor: "3" }],
    ["3", { data: [model("c", "medium", "high", "low")], nextCursor: null }],
  ]);
  server.on("model/list", ({ cursor }) => pages.get(cursor));
  const models = await codex.models();
  assertEquals(models.map(({ id }) => id), ["b", "a", "c"]);
  assertEquals(
    models.map((one) =>
      one.supportedReasoningEfforts.map(({ reasoningEffort }) => reasoningEffort)
    ),
    [["high", "low"], ["low"], ["medium", "high", "low"]],
  );
});

test("Codex.models sends its options with each page, and no undefined ones", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  server.on("model/list", ({ cursor }) => ({ data: [], nextCursor: cursor === "2" ? null : "2" }));
  await codex.models();
  await codex.models({ includeHidden: true, modelProvider: "mine" });
  const params = server.received.filter(({ method }) => method === "model/list")
    .map((request) => request.params);
  assertEquals(params, [
    { includeHidden: false },
    { includeHidden: false, cursor: "2" },
    { includeHidden: true, modelProvider: "mine" },
    { includeHidden: true, modelProvider: "mine", cursor: "2" },
  ]);
});

test("Codex.models stops if the server repeats a cursor [R-73]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  server.on("model/list", () => ({ data: [model("a")], nextCursor: "same" }));
  assertEquals((await codex.models()).length, 2);
});

test("Codex.models with an aborted signal sends nothing [R-29]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const before = server.received.length;
  await assertRejects(
    () => codex.models({ signal: AbortSignal.abort(new RangeError("no")) }),
    RangeError,
  );
  assertEquals(server.received.length, before);
});
