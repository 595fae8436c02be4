import { runInNewContext } from "node:vm";
import { configArgs, type ConfigOverrides } from "../../src/config/config_overrides.ts";
import { assertEquals, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

function pairs(overrides: ConfigOverrides): string[] {
  const args = configArgs(overrides);
  return args.filter((arg, index) => index % 2 === 1 || arg !== "--config");
}

test("configArgs returns no arguments without overrides", () => {
  assertEquals(configArgs(undefined), []);
  assertEquals(configArgs({}), []);
  assertEquals(configArgs([]), []);
  assertEquals(configArgs({ model: undefined }), []);
});

test("configArgs writes values as TOML literals", () => {
  assertEquals(
    pairs({
      text: 'a "b" \\ \n \u0001 \x7f \u2028 é😀',
      yes: true,
      integer: 3,
      negative: -0.5,
      huge: 2 ** 60,
      tiny: 1e-7,
      exact: 9007199254740993n,
      list: ["a", 1, [false], { k: "v" }],
      empty: [],
    }),
    [
      'text="a \\"b\\" \\\\ \\n \\u0001 \\u007F \u2028 é😀"',
      "yes=true",
      "integer=3",
      "negative=-0.5",
      "huge=1.152921504606847e+18",
      "tiny=1e-7",
      "exact=9007199254740993",
      'list=["a",1,[false],{k="v"}]',
      "empty=[]",
    ],
  );
});

test("configArgs writes everything below a root key as one inline table, quoting keys", () => {
  assertEquals(
    pairs({
      "a.b": 1,
      "a.c.d": true,
      a: { e: "x", "f g": { "h.i": 2 }, gone: undefined },
      'a."q.r".s': 3,
      "a.'t u'": 4,
      z: {},
    }),
    ['a={b=1,c={d=true},e="x","f g"={"h.i"=2},"q.r"={s=3},"t u"=4}', "z={}"],
  );
});

test("configArgs lets the later value win and keeps a key named __proto__", () => {
  assertEquals(pairs({ "a.b": 1, a: { b: 2 } }), ["a={b=2}"]);
  assertEquals(pairs({ "a.b": 1, a: 2 }), ["a=2"]);
  assertEquals(pairs({ a: JSON.parse('{"__proto__":1}') }), ["a={__proto__=1}"]);
});

test("configArgs passes strings on unchanged", () => {
  assertEquals(configArgs(["model=x y", "a.b=[1]"]), [
    "--config",
    "model=x y",
    "--config",
    "a.b=[1]",
  ]);
});

test("configArgs rejects what TOML cannot represent", () => {
  const bad: readonly unknown[] = [
    { a: null },
    { a: NaN },
    { a: Infinity },
    { a: () => 1 },
    { a: Symbol("s") },
    { a: new Date(0) },
    { a: new Map() },
    { a: [undefined] },
    { a: { b: [null] } },
    { a: 2n ** 63n },
    { "": 1 },
    { "a.": 1 },
    { ".a": 1 },
    { "a b": 1 },
    { '"a.b"': 1 },
    { '"a': 1 },
    "model=x",
    null,
    ["model"],
    ["=x"],
    [" =x"],
    [1],
  ];
  for (const overrides of bad) {
    assertThrows(() => configArgs(overrides as ConfigOverrides), TypeError);
  }
});

test("configArgs names the location of an invalid value", () => {
  const overrides = { mcp: { "my server": { args: ["a", NaN] } } };
  assertThrows(() => configArgs(overrides), TypeError, 'mcp."my server".args[1]');
});

test("configArgs accepts objects of another realm", () => {
  const overrides = runInNewContext('({ features: { goals: true }, list: ["a"] })');
  assertEquals(pairs(overrides), ["features={goals=true}", 'list=["a"]']);
});
