import { describeDrift } from "../../scripts/_upstream/drift.ts";
import type { Definitions, Protocol, Schema } from "../../scripts/_upstream/protocol.ts";
import { assert, assertEquals, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const TEXT: Schema = { type: "string" };
const NUMBER: Schema = { type: "number" };

function object(properties: Record<string, Schema>, ...optional: string[]): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", properties, required };
}

function ref(name: string): Schema {
  return { $ref: `#/definitions/${name}` };
}

/** The union of messages with these methods and the types of their params. */
function union(methods: Readonly<Record<string, string>>): Schema {
  return {
    oneOf: Object.entries(methods).map(([method, params]) =>
      object({ method: { enum: [method] }, params: ref(params) })
    ),
  };
}

function protocol(version: string, whole: Definitions, stable: Definitions = whole): Protocol {
  return { version, whole, stable };
}

/** Describes how a type `T` of a notification changed: the lines below it. */
function changes(before: Schema, after: Schema): string[] {
  const definitions = (T: Schema): Definitions => ({ ServerNotification: union({ n: "T" }), T });
  const { text, isUnchanged } = describeDrift(
    protocol("1.0.0", definitions(before)),
    protocol("1.1.0", definitions(after)),
    () => [],
  );
  const lines = text.split("\n").filter((line) => line.startsWith("  - "));
  assertEquals(isUnchanged, lines.length === 0, text);
  return lines.map((line) => line.slice(4));
}

const cases: Readonly<Record<string, readonly [Schema, Schema, ...string[]]>> = {
  "an added and a removed field": [
    object({ a: TEXT, b: TEXT }),
    object({ a: TEXT, c: { type: ["number", "null"] } }, "c"),
    "removed `b: string`",
    "added `c: number | null (optional)`",
  ],
  "a field that became optional": [
    object({ a: TEXT }),
    object({ a: TEXT }, "a"),
    "changed `a: string -> string (optional)`",
  ],
  "another type": [
    object({ a: { type: "array", items: ref("A") } }),
    object({ a: { type: "array", items: ref("B") } }),
    "changed `a: A[] -> B[]`",
  ],
  "a type that may be null": [
    object({ a: ref("A") }),
    object({ a: { anyOf: [ref("A"), { type: "null" }] } }),
    "changed `a: A -> A | null`",
  ],
  "a field in an object that may be null": [
    object({ a: { anyOf: [object({ b: TEXT }), { type: "null" }] } }),
    object({ a: { anyOf: [object({ b: TEXT, c: NUMBER }), { type: "null" }] } }),
    "added `a.c: number`",
  ],
  "a field of the objects in a list and in a map": [
    object({ a: { type: "array", items: object({ x: TEXT }) } }),
    object({
      a: { type: "array", items: object({ x: NUMBER }) },
      m: { type: "object", additionalProperties: object({ y: TEXT }) },
    }),
    "changed `a[].x: string -> number`",
    "added `m: Record<string, object>`",
    "added `m[key]: object`",
    "added `m[key].y: string`",
  ],
  "a fixed value more and less": [
    { type: "string", enum: ["a", "b", "c"] },
    { type: "string", enum: ["a", "b", "d"] },
    'removed `| "c"`',
    'added `| "d"`',
  ],
  "members of a union of objects": [
    { oneOf: [object({ type: { enum: ["a"] } }), object({ type: { enum: ["b"] } })] },
    { oneOf: [object({ type: { enum: ["a"] }, y: TEXT }), object({ type: { enum: ["c"] } })] },
    "removed `[type=b]`",
    'removed `[type=b].type: "b"`',
    "added `[type=a].y: string`",
    "added `[type=c]`",
    'added `[type=c].type: "c"`',
  ],
  "a member that is named by its only field": [
    { oneOf: [{ enum: ["a"] }, object({ b: object({ x: TEXT }) }), object({ c: TEXT })] },
    { oneOf: [{ enum: ["a"] }, object({ b: object({ x: NUMBER }) }), object({ c: TEXT })] },
    "changed `[b].b.x: string -> number`",
  ],
};

for (const [name, [before, after, ...expected]] of Object.entries(cases)) {
  test(`describeDrift finds ${name}, and reports nothing if there is no difference`, () => {
    assertEquals(changes(before, after), expected);
    assertEquals(changes(before, before), []);
  });
}

test("describeDrift ignores the order of fields, and descriptions", () => {
  const described = { ...TEXT, description: "Prose.", title: "A" };
  assertEquals(changes(object({ a: TEXT, b: NUMBER }), object({ b: NUMBER, a: described })), []);
});

test("describeDrift counts and lists changes by kind, with the affected types and the places to check", () => {
  const before: Definitions = {
    ServerRequest: union({ "clock/read": "ClockReadParams" }),
    ServerNotification: union({ n: "Thing" }),
    ClockReadParams: object({ id: TEXT }),
    Thing: object({ a: TEXT, inner: ref("Inner") }),
    Inner: object({ x: TEXT }),
  };
  const after: Definitions = {
    ClientRequest: union({ "clock/set": "ClockSetParams" }),
    ServerNotification: union({ n: "Thing" }),
    ClockSetParams: object({ at: NUMBER }),
    ClockSetResponse: object({ ok: TEXT }),
    Thing: object({ a: TEXT, inner: ref("Inner") }),
    Inner: object({ x: NUMBER }),
  };
  const places: Record<string, string[]> = {
    "clock/read": ["src/a.ts:1", "src/b.ts:2", "src/c.ts:3", "src/d.ts:4", "src/e.ts:5"],
  };
  const { text } = describeDrift(
    protocol("1.0.0", before),
    protocol("1.1.0", after),
    (name) => places[name] ?? [],
  );
  assertEquals(
    text,
    `# Codex 1.0.0 -> 1.1.0

- Client requests: 1 added, 0 removed, 0 changed
- Server requests: 0 added, 1 removed, 0 changed
- Types: 2 added, 1 removed, 1 changed

## Client requests

### Added

Where no place is named, no method of the SDK calls it: \`codex.request()\` reaches it.

- \`clock/set\`: \`stable; params: ClockSetParams\`

## Server requests

### Removed

- \`clock/read\`: \`stable; params: ClockReadParams\`
  - look at \`src/a.ts:1\`, \`src/b.ts:2\`, \`src/c.ts:3\`, \`src/d.ts:4\` and 1 more

## Types

### Added

- \`ClockSetParams\`, of \`clock/set\`: \`at: number\`
- \`ClockSetResponse\`, of \`clock/set\`: \`ok: string\`

### Removed

- \`ClockReadParams\`, of \`clock/read\`: \`id: string\`

### Changed

- \`Inner\`, of \`n\`
  - changed \`x: string -> number\`
`,
  );
});

test("describeDrift finds methods and fields that became stable", () => {
  const definitions: Definitions = {
    ClientRequest: union({ "a/read": "AReadParams" }),
    AReadParams: object({ a: TEXT, b: TEXT }),
  };
  const experimental: Definitions = {
    ClientRequest: union({}),
    AReadParams: object({ a: TEXT }),
  };
  const { text } = describeDrift(
    protocol("1.0.0", definitions, experimental),
    protocol("1.1.0", definitions),
    () => [],
  );
  assertStringIncludes(text, "- `a/read`\n  - changed `experimental -> stable`");
  assertStringIncludes(text, "- changed `b: string (experimental) -> string`");
});

test("describeDrift keeps every name inside its code span, and cuts long types", () => {
  const name = "a`b``c\\n# Head\\n@everyone <img src=x> [x](y)";
  const fields = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`field${at}`, TEXT]));
  const { text } = describeDrift(
    protocol("1.0.0", {}),
    protocol("1.1.0", { ServerNotification: union({ [name]: "T" }), T: object(fields) }),
    () => [],
  );
  const line = text.split("\n").find((one) => one.includes("everyone"));
  assertEquals(
    line,
    "- ``` a`b``c\\n# Head\\n@everyone <img src=x> [x](y) ```: `stable; params: T`",
  );
  assert(text.includes(" ...`"), text);
  assertEquals(text.split("\n").filter((one) => one.length > 320), []);
});
