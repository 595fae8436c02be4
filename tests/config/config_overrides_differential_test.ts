/** Any value that the configuration can have, read back by a TOML parser. */
import { parse } from "../../node_modules/smol-toml/dist/index.js";
import { configArgs, type ConfigValue } from "../../src/config/config_overrides.ts";
import { canonicalJson } from "../../src/util/canonical_json.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { fc } from "../_support/property.ts";

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom(
    "",
    "a.b",
    '"',
    "'",
    "\\",
    "\u2028",
    "\x7f",
    "# x",
    "true",
    "1",
    "=",
    "\r\n",
    "]]",
  ),
).map((value) => value.toWellFormed());

const { value } = fc.letrec<{ value: ConfigValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(text.filter((key) => key !== "__proto__"), tie("value"), { maxKeys: 4 }),
  ),
}));

test("configArgs writes every value as TOML that says the same [R-56]", () => {
  fc.assert(
    fc.property(value, (wanted) => {
      const [, line = ""] = configArgs({ x: { y: wanted } });
      assertEquals(line.includes("\n"), false);
      assertEquals(
        canonicalJson(parse(line) as never),
        canonicalJson({ x: { y: wanted } } as never),
        line,
      );
    }),
    { numRuns: 300 },
  );
});
