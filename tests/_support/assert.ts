// deno-lint-ignore-file no-explicit-any -- an error class has any constructor
/** The assertions of `@std/assert` with their types: the npm copy ships without declarations. */
import * as std from "@std/assert";

interface Assertions {
  assert(value: unknown, message?: string): asserts value;
  assertEquals<T>(actual: T, expected: T, message?: string): void;
  assertNotEquals<T>(actual: T, expected: T, message?: string): void;
  assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T;
  assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T>;
  assertInstanceOf<C extends abstract new (...args: any[]) => any>(
    actual: unknown,
    expected: C,
    message?: string,
  ): asserts actual is InstanceType<C>;
  assertGreater<T>(actual: T, expected: T, message?: string): void;
  assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void;
  assertLess<T>(actual: T, expected: T, message?: string): void;
  assertLessOrEqual<T>(actual: T, expected: T, message?: string): void;
  assertMatch(actual: string, expected: RegExp, message?: string): void;
  assertNotMatch(actual: string, expected: RegExp, message?: string): void;
  assertObjectMatch(actual: object, expected: object, message?: string): void;
  assertStringIncludes(actual: string, expected: string, message?: string): void;
  assertArrayIncludes<T>(actual: ArrayLike<T>, expected: ArrayLike<T>, message?: string): void;
  assertThrows<E extends Error>(
    fn: () => unknown,
    error: new (...args: any[]) => E,
    includes?: string,
  ): E;
  assertRejects<E extends Error>(
    fn: () => PromiseLike<unknown>,
    error: new (...args: any[]) => E,
    includes?: string,
  ): Promise<E>;
  fail(message?: string): never;
}

const assertions: Assertions = std as unknown as Assertions;

export const assert: Assertions["assert"] = assertions.assert;
export const assertEquals: Assertions["assertEquals"] = assertions.assertEquals;
export const assertNotEquals: Assertions["assertNotEquals"] = assertions.assertNotEquals;
export const assertStrictEquals: Assertions["assertStrictEquals"] = assertions.assertStrictEquals;
export const assertExists: Assertions["assertExists"] = assertions.assertExists;
export const assertInstanceOf: Assertions["assertInstanceOf"] = assertions.assertInstanceOf;
export const assertGreater: Assertions["assertGreater"] = assertions.assertGreater;
export const assertGreaterOrEqual: Assertions["assertGreaterOrEqual"] =
  assertions.assertGreaterOrEqual;
export const assertLess: Assertions["assertLess"] = assertions.assertLess;
export const assertLessOrEqual: Assertions["assertLessOrEqual"] = assertions.assertLessOrEqual;
export const assertMatch: Assertions["assertMatch"] = assertions.assertMatch;
export const assertObjectMatch: Assertions["assertObjectMatch"] = assertions.assertObjectMatch;
export const assertStringIncludes: Assertions["assertStringIncludes"] =
  assertions.assertStringIncludes;
export const assertArrayIncludes: Assertions["assertArrayIncludes"] =
  assertions.assertArrayIncludes;
export const assertThrows: Assertions["assertThrows"] = assertions.assertThrows;
export const assertRejects: Assertions["assertRejects"] = assertions.assertRejects;
