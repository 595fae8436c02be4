import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { RecordedRequest } from "../../src/testing/recorded_request.ts";

function recorded(body: unknown): RecordedRequest {
  return new RecordedRequest({
    method: "POST",
    path: "/v1/responses",
    headers: { "thread-id": "thread-1" },
    body,
  });
}

test("RecordedRequest provides the parts of a model request", () => {
  const request = recorded({
    model: "mock-model",
    instructions: "be kind",
    tools: [{ type: "function", name: "exec_command" }, { type: "web_search" }],
    text: { format: { type: "json_schema", strict: true } },
    input: [
      { type: "message", role: "developer", content: [{ type: "input_text", text: "context" }] },
      {
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "look" },
          { type: "input_image", image_url: "data:image/png;base64,AA==" },
        ],
      },
      { type: "function_call_output", call_id: "call-1", output: "text" },
      { type: "function_call_output", call_id: "call-2", output: [{ type: "input_text" }] },
      { type: "message", role: "user", content: [{ type: "input_text", text: "and then" }] },
    ],
  });
  assertEquals(request.model, "mock-model");
  assertEquals(request.threadId, "thread-1");
  assertEquals(request.instructions, "be kind");
  assertEquals(request.tools, ["exec_command", "web_search"]);
  assertEquals(request.textFormat, { type: "json_schema", strict: true });
  assertEquals(request.userTexts(), ["look", "and then"]);
  assertEquals(request.lastUserText(), "and then");
  assertEquals(request.developerTexts(), ["context"]);
  assertEquals(request.images(), ["data:image/png;base64,AA=="]);
  assertEquals([...request.functionOutputs()], [
    ["call-1", "text"],
    ["call-2", '[{"type":"input_text"}]'],
  ]);
  assertEquals(request.inputItems.length, 5);
});

test("RecordedRequest survives a body that is not a model request", () => {
  for (const body of [undefined, "text", null, [1], { input: "plain", tools: 5, text: null }]) {
    const request = recorded(body);
    assertEquals(request.model, undefined);
    assertEquals(request.lastUserText(), undefined);
    assertEquals([request.tools, request.images(), request.inputItems], [[], [], []]);
    assertEquals(request.textFormat, undefined);
    assertEquals(request.functionOutputs().size, 0);
  }
});
