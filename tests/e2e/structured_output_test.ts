import { type } from "arktype";
import { z } from "zod";
import { StructuredOutputError } from "../../mod.ts";
import { SchemaNotStrictError } from "../../errors.ts";
import { type JsonSchema, strictSchema } from "../../schema.ts";
import { deltas, message, shellCommand, usage } from "../../testing.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

const review = z.object({ risk: z.enum(["low", "high"]), reasons: z.array(z.string()) });

test("thread.run with output makes the model follow its schema in strict mode, for that turn only [R-76]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(shellCommand("echo looking"));
  model.enqueue(message('{"risk":"high","reasons":["no tests"]}'));
  model.enqueue(message("as text"));
  const thread = await codex.threadStart();
  const { output, items } = await thread.run("How risky is it?", { output: review });
  assertEquals(output, { risk: "high", reasons: ["no tests"] });
  assertEquals(items.map((item) => item.type), ["userMessage", "commandExecution", "agentMessage"]);
  for (const request of model.requests) {
    assertEquals(request.textFormat, {
      type: "json_schema",
      name: "codex_output_schema",
      strict: true,
      schema: {
        type: "object",
        properties: {
          risk: { type: "string", enum: ["low", "high"] },
          reasons: { type: "array", items: { type: "string" } },
        },
        required: ["risk", "reasons"],
        additionalProperties: false,
      },
    });
  }
  await thread.run("And in words?");
  assertEquals(model.requests.length, 3);
  assertEquals(model.requests[2]?.textFormat, undefined);
});

test("thread.turn with output streams the JSON as it is written, then returns the value [R-76]", async () => {
  await using session = await ScriptedCodex.start();
  session.model.enqueue(deltas(['{"n"', ":4", "2}"]));
  const thread = await session.codex.threadStart();
  const turn = await thread.turn("The answer?", { output: type({ n: "number" }) });
  let text = "";
  for await (const piece of turn.textStream()) text += piece;
  assertEquals(text, '{"n":42}');
  assertEquals((await turn.run()).output.n, 42);
});

test("thread.run with strictSchema() supports optional properties [R-75] [R-76]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const loose = z.object({ name: z.string(), nickname: z.string().optional() });
  const thread = await codex.threadStart();
  await assertRejects(() => thread.run("Who?", { output: loose }), SchemaNotStrictError);
  assertEquals(model.requests.length, 0);
  model.enqueue(message('{"name":"Ada","nickname":null}'));
  const { output } = await thread.run("Who?", { output: strictSchema(loose) });
  assertEquals(output, { name: "Ada" });
  const { required } = model.requests[0]?.textFormat?.schema as JsonSchema;
  assertEquals(required, ["name", "nickname"]);
});

test("thread.run with repair asks the model once more, and reports the usage of both turns [R-76]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(
    message('{"risk":"medium","reasons":[]}'),
    usage({ inputTokens: 10, outputTokens: 5 }),
  );
  model.enqueue(
    message('{"risk":"low","reasons":[]}'),
    usage({ inputTokens: 20, outputTokens: 7 }),
  );
  const thread = await codex.threadStart();
  const result = await thread.run("How risky?", {
    output: review,
    repair: true,
    model: "other-model",
  });
  assertEquals(result.output.risk, "low");
  assertEquals(result.repaired?.text, '{"risk":"medium","reasons":[]}');
  assertEquals(result.usage?.total.inputTokens, 30);
  assertEquals(result.usage?.last.inputTokens, 20);
  const [first, second] = model.requests;
  assertStringIncludes(second?.lastUserText() ?? "", 'at "risk"');
  assertEquals(second?.textFormat, first?.textFormat);
  assertEquals([first?.model, second?.model], ["other-model", "other-model"]);
});

test("thread.run rejects an invalid response with its text, and the next run works [R-76]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  model.enqueue(message("I would say: low."));
  const error = await assertRejects(
    () => thread.run("How risky?", { output: review }),
    StructuredOutputError,
  );
  assertEquals(error.text, "I would say: low.");
  model.enqueue(message('{"risk":"low","reasons":[]}'));
  assertEquals((await thread.run("Again.", { output: review })).output.reasons, []);
});
