import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isUnchanged, renderDrift } from "../../scripts/_upstream/render_drift.ts";
import { findUses } from "../../scripts/_upstream/sdk_uses.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { compareMadeUp, type SimulatedHost } from "./_protocol.ts";

const before: SimulatedHost = {
  messages: {
    ServerRequest: '{ "method": "clock/read", params: ClockReadParams }',
    ServerNotification: '{ "method": "n", params: Thing }',
  },
  types: {
    ClockReadParams: "{ id: string }",
    ClockReadResponse: "{ at: number }",
    Thing: "{ a: Old, gone: boolean, kind: 'x' | 'y' | 'z' }",
    Old: "{ same: 1 }",
  },
};
const after: SimulatedHost = {
  messages: {
    ClientRequest:
      '{ "method": "nothing", params: undefined } | { "method": "clock/set", params: ClockSetParams }',
    ServerNotification: '{ "method": "n", params: Thing }',
  },
  types: {
    ClockSetParams: "{ at: number }",
    ClockSetResponse: "Record<string, never>",
    Thing: "{ a: New, kind: 'x' | 'y' | 'w', more?: string }",
    New: "{ same: 1 }",
  },
};

test("renderDrift writes versions and counts, then what to look at, kind by kind", () => {
  const places: Record<string, string[]> = {
    "clock/read": ["src/a.ts:1", "src/b.ts:2", "src/c.ts:3", "src/d.ts:4", "src/e.ts:5"],
    Thing: ["src/thing.ts"],
  };
  const text = renderDrift(compareMadeUp(before, after), (name) => places[name] ?? []);
  assertEquals(
    text,
    `# Codex 1.0.0 -> 1.1.0

- Client requests: 1 added, 0 removed, 0 changed
- Server requests: 1 added, 1 removed, 0 changed
- Types: 2 added, 2 removed, 1 changed
- Types with another name and the same shape: 1

## Client requests

### Added

Where no place is named, no method of the SDK calls it: \`codex.request()\` reaches it.

- \`clock/set\`: \`stable, params: ClockSetParams, result: ClockSetResponse\`

## Server requests

### Added

The SDK does not compile until \`src/client/requests/request_kinds.ts\` has a row for it.

- \`nothing\`: \`stable, params: none, result: NothingResponse\`

### Removed

- \`clock/read\`: \`stable, params: ClockReadParams, result: ClockReadResponse\`
  - look at \`src/a.ts:1\`, \`src/b.ts:2\`, \`src/c.ts:3\`, \`src/d.ts:4\` and 1 more

## Types

### Added

- \`ClockSetParams\`, of \`clock/set\`: \`{ at: number }\`
- \`ClockSetResponse\`, of \`clock/set\`: \`Record<string, never>\`

### Removed

- \`ClockReadParams\`, of \`clock/read\`: \`{ id: string }\`
- \`ClockReadResponse\`, of \`clock/read\`: \`{ at: number }\`

### Changed

- \`Thing\`, of \`n\`
  - removed \`gone: boolean\`
  - removed \`kind | "z"\`
  - added \`kind | "w"\`
  - added \`more: string (optional)\`
  - look at \`src/thing.ts\`

## Renamed types

- \`Old -> New\`
`,
  );
});

test("renderDrift says plainly that nothing differs", () => {
  const drift = compareMadeUp(before, before);
  assert(isUnchanged(drift));
  assert(!isUnchanged(compareMadeUp(before, after)));
  assertEquals(
    renderDrift(drift, () => []),
    "# Codex 1.0.0 -> 1.1.0\n\nThe protocol is the same.\n",
  );
});

test("renderDrift keeps every name inside its code span", () => {
  const name = "a`b``c\\n# Head\\n@everyone <img src=x> [x](y)";
  const hostile = {
    ServerNotification: `{ "method": "n", params: Thing } | { "method": "${name}" }`,
  };
  const text = renderDrift(
    compareMadeUp(before, { ...before, messages: { ...before.messages, ...hostile } }),
    () => [],
  );
  const line = text.split("\n").find((one) => one.includes("everyone"));
  assertEquals(
    line,
    "- ``` a`b``c # Head @everyone <img src=x> [x](y) ```: `stable, params: none`",
  );
});

test("renderDrift cuts long types", () => {
  const types = { ...before.types, Thing: `{ a: Old, b: "${"x".repeat(1000)}" }` };
  const text = renderDrift(compareMadeUp(before, { ...before, types }), () => []);
  assert(text.includes("x ...`"), text);
  assertEquals(text.split("\n").filter((line) => line.length > 300), []);
});

test("findUses lists lines that name a method, and files that import a type", () => {
  const root = mkdtempSync(join(tmpdir(), "codex-uses-"));
  try {
    const files = {
      "src/client/a.ts":
        `import type { Thing, Other } from "../generated/types.ts";\n\ncall("a/b");\n`,
      "src/b.ts": `import type {\n  Thing,\n} from "./generated/types.ts";\n// a/b\n`,
      "src/generated/types.ts": `export type A = "a/b";\n`,
    };
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
    const usesOf = findUses(root);
    assertEquals(usesOf("a/b"), ["src/client/a.ts:3"]);
    assertEquals(usesOf("Thing"), ["src/b.ts", "src/client/a.ts"]);
    assertEquals(usesOf("Other"), ["src/client/a.ts"]);
    assertEquals(usesOf("Nobody"), []);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
