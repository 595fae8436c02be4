import type { Change } from "../../scripts/_upstream/compare_shapes.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { compareMadeUp } from "./_protocol.ts";

test("compareProtocols finds an added and a removed method in every table", () => {
  for (
    const [union, kind] of [
      ["ClientRequest", "clientRequests"],
      ["ClientNotification", "clientNotifications"],
      ["ServerRequest", "serverRequests"],
      ["ServerNotification", "serverNotifications"],
    ] as const
  ) {
    const protocol = (method: string): Parameters<typeof compareMadeUp>[0] => ({
      messages: {
        [union]: `{ "method": "kept", params: P } | { "method": "${method}", params: P }`,
      },
      types: { P: "{ id: string }" },
    });
    const { sections, renamed } = compareMadeUp(protocol("old"), protocol("new"));
    const { added, removed, changed } = sections[kind];
    assertEquals(added.map(({ name }) => name), ["new"]);
    assertEquals(removed.map(({ name }) => name), ["old"]);
    assertEquals([...changed, ...sections.types.changed, ...renamed], []);
  }
});

test("compareProtocols finds what became stable, other params and another result", () => {
  const request = '{ "method": "a/read", params: AReadParams }';
  const types = { AReadParams: "{ id: string }", AReadResponse: "{ a: string }" };
  const other = { BReadParams: "{ key: string }", BReadResponse: "{ a: number }" };
  const without = { ClientRequest: '{ "method": "nothing", params: undefined }' };
  const methodChanges = (
    before: Parameters<typeof compareMadeUp>[0],
    after: Parameters<typeof compareMadeUp>[0],
  ): (readonly Change[])[] =>
    compareMadeUp(before, after).sections.clientRequests.changed.map(({ changes }) => changes);
  const messages = { ClientRequest: request };
  assertEquals(methodChanges({ messages, types, stable: without }, { messages, types }), [
    [{ path: "stability", before: "experimental", after: "stable" }],
  ]);
  assertEquals(
    methodChanges({ messages, types }, {
      messages: { ClientRequest: '{ "method": "a/read", params?: BReadParams }' },
      types: other,
    }),
    [[
      { path: "params", before: "AReadParams", after: "BReadParams (optional)" },
      { path: "result", before: "AReadResponse", after: "BReadResponse" },
    ]],
  );
});

test("compareProtocols lists a changed type once, with the methods that reach it", () => {
  const messages = {
    ClientRequest: '{ "method": "b", params: Params } | { "method": "a", params: Params }',
    ServerNotification: '{ "method": "n", params: Inner }',
  };
  const outer = { Params: "{ list: Array<Outer> }", Outer: "{ inner: Inner | null }" };
  const { sections } = compareMadeUp(
    { messages, types: { ...outer, Inner: "{ a: string }" } },
    { messages, types: { ...outer, Inner: "{ a: string, b: New }", New: '"x" | "y"' } },
  );
  assertEquals(sections.types, {
    added: [{ name: "New", text: '"x" | "y"', methods: ["a", "b", "n"], changes: [] }],
    removed: [],
    changed: [{
      name: "Inner",
      text: "{ a: string; b: New }",
      methods: ["a", "b", "n"],
      changes: [{ path: "b", after: "New" }],
    }],
  });
  assertEquals(sections.clientRequests.changed, []);
});

test("compareProtocols sees a type with another name and the same shape as renamed alone", () => {
  const protocol = (name: string, shape: string): Parameters<typeof compareMadeUp>[0] => ({
    messages: { ServerNotification: '{ "method": "n", params: Params }' },
    types: {
      Params: `{ a: ${name} | null, list: Array<${name}>, map: { [key in string]?: ${name} } }`,
      // It contains itself.
      [name]: `{ ${shape}, next: ${name} | null }`,
    },
  });
  const same = compareMadeUp(protocol("Old", "x: 1"), protocol("New", "x: 1"));
  assertEquals(same.renamed, [["Old", "New"]]);
  assertEquals(same.sections.types, { added: [], removed: [], changed: [] });
  const other = compareMadeUp(protocol("Old", "x: 1"), protocol("New", "x: 2"));
  assertEquals(other.renamed, []);
  assertEquals(other.sections.types.added.map(({ name }) => name), ["New"]);
  assertEquals(other.sections.types.removed.map(({ name }) => name), ["Old"]);
  assertEquals(other.sections.types.changed.map(({ changes }) => changes), [[
    { path: "a", before: "Old | null", after: "New | null" },
    { path: "list[]", before: "Old", after: "New" },
    { path: "map[key]", before: "Old", after: "New" },
  ]]);
});

test("compareProtocols marks experimental fields, and finds one that became stable", () => {
  const messages = { ServerNotification: '{ "method": "n", params: Params }' };
  const types = { Params: "{ a: string, b?: number }" };
  const { sections } = compareMadeUp(
    { messages, types, stable: { Params: "{ a: string }" } },
    { messages, types },
  );
  assertEquals(sections.types.changed.map(({ changes }) => changes), [[
    { path: "b", before: "number (optional) (experimental)", after: "number (optional)" },
  ]]);
});

test("compareProtocols reads what the generator does not know yet", () => {
  const before = { messages: {}, types: {} };
  const { sections } = compareMadeUp(before, {
    messages: { ClientRequest: '{ "method": "odd/one", params: OddParams }' },
    types: { OddParams: "{ a: string }", OrphanResponse: "{ a: string }" },
  });
  assertEquals(sections.clientRequests.added.map(({ text }) => text), [
    "stable, params: OddParams, result: unknown (to be named in RESULTS of scripts/_generate/method_tables.ts)",
  ]);
  assertEquals(sections.types.added.map(({ name }) => name), ["OddParams", "OrphanResponse"]);
});
