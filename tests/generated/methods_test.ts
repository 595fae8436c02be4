import {
  CLIENT_METHODS,
  NOTIFICATION_METHODS,
  SERVER_REQUEST_METHODS,
} from "../../src/generated/methods.ts";
import { PROTOCOL_VERSION } from "../../src/generated/version.ts";
import { assert, assertEquals, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { askBinary } from "./_ask_binary.ts";

function count(table: Readonly<Record<string, string>>, stability: string): number {
  return Object.values(table).filter((it) => it === stability).length;
}

test("CLIENT_METHODS has the 112 stable and 75 experimental requests of 0.169.0 [R-71]", () => {
  assertEquals(PROTOCOL_VERSION, "0.169.0");
  assertEquals(count(CLIENT_METHODS, "stable"), 112);
  assertEquals(count(CLIENT_METHODS, "experimental"), 75);
});

test("NOTIFICATION_METHODS has the 88 notifications of 0.169.0, all stable [R-71]", () => {
  assertEquals(count(NOTIFICATION_METHODS, "stable"), 88);
  assertEquals(count(NOTIFICATION_METHODS, "experimental"), 0);
});

test("SERVER_REQUEST_METHODS has the 10 stable and one experimental of 0.169.0 [R-71]", () => {
  assertEquals(count(SERVER_REQUEST_METHODS, "stable"), 10);
  assertEquals(count(SERVER_REQUEST_METHODS, "experimental"), 1);
});

test("CLIENT_METHODS names exactly what the real binary knows [R-71]", async () => {
  const { answers } = await askBinary([{ method: "no/such/method", params: {} }]);
  const message = answers.at(-1)?.error?.message ?? "";
  assertStringIncludes(message, "unknown variant `no/such/method`, expected one of ");
  const known = [...message.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "").slice(1);
  assertEquals(known.sort(), Object.keys(CLIENT_METHODS).sort());
});

test("CLIENT_METHODS calls experimental what the real binary keeps back [R-71]", async () => {
  const methods = Object.keys(CLIENT_METHODS) as (keyof typeof CLIENT_METHODS)[];
  const questions = methods
    .filter((method) => CLIENT_METHODS[method] === "experimental")
    .map((method) => ({ method, params: method === "rollout/compress" ? undefined : {} }));
  const { answers } = await askBinary(questions, { experimentalApi: false });
  let refused = 0;
  for (const { method, error } of answers.slice(1)) {
    assert(error !== undefined, `"${method}" answered without the experimental API`);
    if (error.message.includes("experimentalApi")) refused++;
    else assertStringIncludes(error.message, "Invalid request: ", method);
  }
  assert(refused > 10, `${refused} were refused`);
}, { timeoutMs: 40_000 });
