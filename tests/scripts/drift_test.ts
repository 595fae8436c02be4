import ts from "typescript";
import { describeDrift } from "../../scripts/_generate/describe_drift.ts";
import type { Method, Protocol, Types } from "../../scripts/_generate/read_protocol.ts";
import { assert, assertEquals, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

/** Types by name, such as `{ T: "{ a: string }" }`. */
type Texts = Readonly<Record<string, string>>;

function parse(texts: Texts): Types {
  return new Map(
    Object.entries(texts).map(([name, text]) => {
      const code = `type ${name} = ${text};`;
      const source = ts.createSourceFile("t.ts", code, ts.ScriptTarget.Latest, true);
      return [name, (source.statements[0] as ts.TypeAliasDeclaration).type];
    }),
  );
}

/** A protocol whose client requests are these methods. */
function protocol(
  version: string,
  texts: Texts,
  { stable = texts, requests = {}, faults = [] }: {
    readonly stable?: Texts;
    readonly requests?: Readonly<Record<string, Method["stability"]>>;
    readonly faults?: readonly string[];
  } = {},
): Protocol {
  const ClientRequest = Object.entries(requests).map(([method, stability]): Method => {
    return { method, stability, params: undefined, optional: false, result: "T" };
  });
  return {
    ...{ version, faults, envelope: undefined, types: parse(texts), stable: parse(stable) },
    methods: { ClientRequest, ClientNotification: [], ServerRequest: [], ServerNotification: [] },
  };
}

/** Returns the lines that were removed and added. */
async function changes(from: Protocol, to: Protocol): Promise<string[]> {
  const { text, isUnchanged } = await describeDrift(from, to);
  const lines = text.split("\n").filter((line) => /^[-+] /.test(line));
  assertEquals(isUnchanged, lines.length === 0, text);
  return lines;
}

const limits = { timeoutMs: 60_000 };

test("describeDrift finds nothing between equal protocols", async () => {
  const { text, isUnchanged } = await describeDrift(
    protocol("1.0.0", { T: "{ a: string }" }),
    protocol("1.1.0", { T: "{ a: string }" }),
  );
  assertEquals(text, "# Codex 1.0.0 -> 1.1.0\n\nThe protocol is the same.\n");
  assert(isUnchanged);
}, limits);

test(
  "describeDrift finds fields that were added, removed or changed, with their type",
  async () => {
    const from = protocol("1.0.0", {
      T: "{ a: string; b: A[]; c: 1; d: 1; e: 1; f: 1; g: string }",
    });
    const to = protocol("1.1.0", {
      T: "{ b: B[]; c: 1; d: 1; e: 1; f: 1; g: string | null; h?: 1 }",
    });
    assertEquals(await changes(from, to), [
      ...["-  a: string;", "-  b: A[];", "+  b: B[];"],
      ...["-  g: string;", "+  g: string | null;", "+  h?: 1;"],
    ]);
    const long = Array.from({ length: 9 }, (_, index) => `a${index}: 1;`).join(" ");
    const { text } = await describeDrift(
      protocol("1.0.0", { T: `{ ${long} }` }),
      protocol("1.1.0", { T: `{ ${long} more: 1 }` }),
    );
    assertStringIncludes(text, "@@ export type T = {\n");
  },
  limits,
);

test("describeDrift finds methods and fields that became stable, and new methods", async () => {
  const texts = { T: "{ a: string; b: string }" };
  const stable = { T: "{ a: string }" };
  const lines = await changes(
    protocol("1.0.0", texts, { stable, requests: { "a/read": "experimental" } }),
    protocol("1.1.0", texts, { requests: { "a/read": "stable", "b/read": "stable" } }),
  );
  assertEquals(lines, [
    "-  /** The request `a/read`. Experimental. */",
    "+  /** The request `a/read`. */",
    '-    readonly stability: "experimental";',
    '+    readonly stability: "stable";',
    "+  };",
    "+  /** The request `b/read`. */",
    '+  "b/read": {',
    "+    readonly params: undefined;",
    "+    readonly result: types.T;",
    '+    readonly stability: "stable";',
    "-  /** Experimental. */",
  ]);
}, limits);

test("describeDrift does not report a type that another one uses now", async () => {
  const from = protocol("1.0.0", { A: "{ t: T }", B: "{ t: string }", T: "string" });
  const to = protocol("1.1.0", { A: "{ t: T }", B: "{ t: T }", T: "string" });
  assertEquals(await changes(from, to), ["-  t: string;", "+  t: T;"]);
}, limits);

test(
  "describeDrift keeps what a binary writes in code blocks, and says why generating stops",
  async () => {
    const { text } = await describeDrift(
      protocol("1.0.0", { T: '"a"' }),
      protocol("1.1.0", { T: '"a" | "````\\n# Head @everyone"' }, { faults: ['"X" is ``` odd'] }),
    );
    assertStringIncludes(
      text,
      "`deno task generate` stops, and docs/releasing.md says what to do:\n\n" +
        '````text\n"X" is ``` odd\n````\n\n`````diff\n',
    );
    assert(text.endsWith("\n`````\n"), text);
    assertEquals(text.split("\n").filter((line) => line.startsWith("#")), [
      "# Codex 1.0.0 -> 1.1.0",
    ]);
  },
  limits,
);
