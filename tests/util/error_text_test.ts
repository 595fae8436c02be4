import { runInNewContext } from "node:vm";
import { errorText, isError } from "../../src/util/error_text.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("errorText describes any thrown value and never throws", () => {
  const fail = (): never => {
    throw new Error("no");
  };
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const cases: [unknown, string][] = [
    [new RangeError("too long"), "too long"],
    [new RangeError(""), "RangeError"],
    [new DOMException("gone", "AbortError"), "gone"],
    [Object.assign(new Error(), { message: 5 }), "5"],
    ["a text", "a text"],
    [undefined, "undefined"],
    [null, "null"],
    [5n, "5"],
    [Symbol("s"), "Symbol(s)"],
    [{ message: "of a plain object" }, "of a plain object"],
    [{ message: "", code: 1 }, '{"message":"","code":1}'],
    [{ toJSON: () => undefined }, ""],
    [Object.create(null), "{}"],
    [cycle, ""],
    [Object.defineProperty({}, "message", { get: fail }), ""],
    [Object.defineProperty(new Error(), "message", { get: fail }), ""],
    [Object.assign(new Error(), { message: Object.create(null) }), ""],
  ];
  for (const [thrown, text] of cases) assertEquals(errorText(thrown), text);
});

test("isError and errorText recognise errors of another realm", () => {
  const foreign: unknown = runInNewContext('new TypeError("")');
  assertEquals(foreign instanceof Error, false);
  assertEquals(isError(foreign), true);
  assertEquals(errorText(foreign), "TypeError");
  assertEquals(isError({ name: "Error", message: "of a plain object" }), false);
});
