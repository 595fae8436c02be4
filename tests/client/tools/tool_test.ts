import { tool, toolNamespace } from "../../../mod.ts";
import { InvalidSchemaError } from "../../../errors.ts";
import type { Tool } from "../../../mod.ts";
import { ToolSet } from "../../../src/client/tools/tool_set.ts";
import { assert, assertEquals, assertThrows } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { withTools } from "./_tools.ts";

const description = "Does it.";
const run = (): string => "done";
const named = (name: string): Tool<unknown> => tool({ name, description, run });
const LONG = "x".repeat(129);

test("tool accepts exactly the names that the server accepts [R-41]", () => {
  for (const name of ["a", "A_b-9", "9a", "-a", "_", "a__b", "MCP", "mcp_x", "x".repeat(128)]) {
    assertEquals(named(name).name, name);
  }
  for (const name of ["", " a", "a b", "a.b", "a/b", "a:b", "ä", "a\n", 5, undefined]) {
    assertThrows(() => named(name as string), TypeError, "must be ASCII letters");
  }
  assertThrows(() => named(LONG), RangeError, "at most 128 characters, got 129");
  for (const name of ["mcp", "mcp__", "mcp__x"]) {
    assertThrows(() => named(name), TypeError, "reserved for MCP servers");
  }
});

test("toolNamespace accepts exactly the names that the server accepts [R-41]", () => {
  const space = (name: string): string =>
    toolNamespace({ name, description, tools: [named("a")] }).name;
  for (const name of ["crm", "A_b-9", "exec_command", "Python", "x".repeat(64)]) {
    assertEquals(space(name), name);
  }
  for (const name of ["", "a b", "a.b"]) assertThrows(() => space(name), TypeError, "letters");
  assertThrows(() => space("x".repeat(65)), RangeError, "at most 64 characters");
  for (const name of ["mcp", "mcp__x"]) assertThrows(() => space(name), TypeError, "MCP servers");
  for (const name of ["functions", "python", "web", "tool_search", "computer"]) {
    assertThrows(() => space(name), TypeError, "belongs to the Responses API");
  }
});

test("toolNamespace checks its description, and that it has tools", () => {
  const space = (description: string, tools: readonly Tool[]): unknown =>
    toolNamespace({ name: "crm", description, tools });
  space("😀".repeat(1_024), [named("a")]);
  assertThrows(() => space("x".repeat(1_025), [named("a")]), RangeError, "1024");
  assertThrows(() => space(" ", [named("a")]), TypeError, '"description" of the namespace "crm"');
  assertThrows(() => space("d", []), TypeError, "at least one tool");
});

test("tool checks its properties, and names the invalid one [R-41]", () => {
  const make = (parts: object): unknown => tool({ name: "a", description, run, ...parts });
  assertThrows(() => make({ description: "" }), TypeError, '"description" of the tool "a"');
  assertThrows(() => make({ description: undefined }), TypeError, "got undefined");
  assertThrows(() => make({ run: "x" }), TypeError, '"run" of the tool "a"');
  assertThrows(() => make({ timeoutMs: -1 }), RangeError, '"timeoutMs" of the tool "a"');
  assertThrows(() => make({ timeoutMs: "5" }), RangeError, "timeoutMs");
  assertThrows(() => make({ deferLoading: "yes" }), TypeError, '"deferLoading" of the tool "a"');
  assertThrows(() => make({ input: 5 }), TypeError, "input of the tool a");
  assert(Object.isFrozen(make({})));
});

test("tool refuses a schema that is not for an object [R-41]", () => {
  const make = (input: object): unknown => tool({ name: "a", description, run, input });
  make({ type: "object" });
  for (const input of [{}, { type: "string" }, { type: "null" }, { anyOf: [{ type: "object" }] }]) {
    assertThrows(() => make(input), InvalidSchemaError, "arguments of a tool are an object");
  }
  assertThrows(() => make({ type: "object", required: "a" }), InvalidSchemaError);
});

test("ToolSet refuses duplicate names, and names of Codex's own tools [R-41]", () => {
  const space = (name: string, ...tools: Tool[]): ReturnType<typeof toolNamespace> =>
    toolNamespace({ name, description, tools });
  const twice = [named("a"), named("b"), named("a")];
  assertThrows(() => new ToolSet(twice), TypeError, 'Two tools are called "a"');
  assertThrows(() => new ToolSet([space("n", ...twice)]), TypeError, 'Two tools are called "n/a"');
  const spaces = [space("n", named("a")), space("n", named("b"))];
  assertThrows(() => new ToolSet(spaces), TypeError, 'Two namespaces are called "n"');
  for (const name of ["exec_command", "view_image", "apply_patch", "update_goal"]) {
    assertThrows(() => new ToolSet([named(name)]), TypeError, "Codex has a tool of its own");
    assert(new ToolSet([space("n", named(name))]).find("n", name) !== undefined);
  }
  const fine = new ToolSet([
    named("a"),
    named("n"),
    space("n", named("a")),
    space("m", named("a")),
  ]);
  assertEquals(fine.find("m", "a")?.label, "m/a");
  assertEquals(fine.find(null, "a")?.label, "a");
  assertEquals(fine.find(undefined, "a")?.label, "a"); // older servers have no namespaces
  assertEquals(fine.find("x", "a"), undefined);
});

test("ToolSet accepts only results of tool() and toolNamespace(), and deferLoading only in namespaces", () => {
  for (const tools of [null, "x", {}, [5], [null], [{ name: "a" }]]) {
    assertThrows(() => new ToolSet(tools as never), TypeError, '"tools" must be');
  }
  const bare = { type: "namespace", name: "n", description, tools: [{ name: "a" }] };
  assertThrows(() => new ToolSet([bare as never]), TypeError, 'made by "tool()"');
  // A tool in the protocol's form: the model would be offered it, but there is nothing to run.
  const raw = { type: "function", name: "raw", description, inputSchema: { type: "object" } };
  assertThrows(() => new ToolSet([raw as never]), TypeError, '"inputSchema" of tool()');
  const late = tool({ name: "late", description, run, deferLoading: true });
  assertThrows(() => new ToolSet([late]), TypeError, "in a namespace");
  const { specs: [spec] } = new ToolSet([toolNamespace({ name: "n", description, tools: [late] })]);
  assert(spec?.type === "namespace" && spec.tools[0]?.deferLoading === true);
});

test("ToolSet checks modified copies of tools and namespaces again [R-41]", () => {
  const space = toolNamespace({ name: "n", description, tools: [named("a")] });
  for (
    const changed of [
      { ...named("a"), name: "a b" },
      { ...named("a"), description: " " },
      { ...named("a"), timeoutMs: -1 },
      { ...named("a"), input: { type: "string" } },
      { ...space, name: "web" },
      { ...space, tools: [] },
      { ...space, tools: [{ ...named("a"), name: "mcp" }] },
    ]
  ) assertThrows(() => new ToolSet([changed]), Error);
  assertEquals(new ToolSet([{ ...named("a"), name: "b" }]).specs.map(({ name }) => name), ["b"]);
});

test("toolNamespace keeps the given tools", () => {
  const tools = [named("a")];
  const space = toolNamespace({ name: "n", description, tools });
  tools.push(named("b"));
  assertEquals(space.tools.map(({ name }) => name), ["a"]);
  assert(Object.isFrozen(space) && Object.isFrozen(space.tools));
});

test("threadStart checks the tools before anything is sent [R-41]", async () => {
  await using fixture = await withTools([]);
  const { server, codex } = fixture;
  const sent = server.received.length;
  const wrong = [[named("a"), named("a")], [named("exec_command")], [{ name: "raw" }]];
  for (const tools of wrong) {
    for (
      const open of [
        () => codex.threadStart({ tools: tools as never }),
        () => codex.threadResume("thread-9", { tools: tools as never }),
        () => codex.threadFork("thread-9", { tools: tools as never }),
      ]
    ) assertEquals((await open().catch((error: unknown) => error)) instanceof TypeError, true);
  }
  assertEquals(server.received.length, sent);
});

test("threadStart sends the tools along with raw ones, and nothing if there are none", async () => {
  const input = { type: "object", properties: { q: { type: "string" } }, required: ["q"] };
  await using fixture = await withTools([]);
  const { server, codex } = fixture;
  const [none] = server.received.filter(({ method }) => method === "thread/start");
  assertEquals("dynamicTools" in (none?.params as object), false);
  const raw = { type: "function", name: "raw", description, inputSchema: input } as const;
  await codex.threadStart({
    dynamicTools: [raw],
    tools: [
      tool({ name: "ask", description, input, run, timeoutMs: 5 }),
      toolNamespace({ name: "n", description: "N", tools: [named("plain")] }),
    ],
  });
  const { params } = server.received.findLast(({ method }) => method === "thread/start") ?? {};
  const nothing = { type: "object", properties: {}, additionalProperties: false };
  assertEquals((params as { readonly dynamicTools?: unknown }).dynamicTools as unknown, [
    raw,
    { type: "function", name: "ask", description, inputSchema: input },
    {
      type: "namespace",
      name: "n",
      description: "N",
      tools: [{ type: "function", name: "plain", description, inputSchema: nothing }],
    },
  ]);
  assertEquals(Object.hasOwn(params as object, "tools"), false);
});
