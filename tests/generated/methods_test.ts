import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  CLIENT_METHODS,
  NOTIFICATION_METHODS,
  SERVER_REQUEST_METHODS,
} from "../../src/generated/methods.ts";
import { withUpstream } from "../../scripts/_generate/run_upstream.ts";
import { assert, assertEquals, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { askBinary } from "./_ask_binary.ts";

/** Returns the methods that one of upstream's unions names, read without the generator. */
function methodsIn(folder: string, union: string): string[] {
  const text = readFileSync(join(folder, `${union}.ts`), "utf8");
  return [...text.matchAll(/"method": "([^"]+)"/g)].map(([, method = ""]) => method).sort();
}

test("the method tables have what the binary writes, and mark experimental methods [R-71]", async () => {
  const tables = {
    ClientRequest: CLIENT_METHODS,
    ServerNotification: NOTIFICATION_METHODS,
    ServerRequest: SERVER_REQUEST_METHODS,
  };
  await withUpstream(({ experimental, stable }) => {
    for (const [union, table] of Object.entries(tables)) {
      const methods = methodsIn(experimental, union);
      assert(methods.length > 5, union);
      assertEquals(Object.keys(table).sort(), methods, union);
      const kept = Object.entries(table).filter(([, stability]) => stability === "stable");
      assertEquals(kept.map(([method]) => method).sort(), methodsIn(stable, union), union);
    }
  });
});

test("CLIENT_METHODS names exactly what the real binary knows [R-71]", async () => {
  const { answers } = await askBinary([{ method: "no/such/method", params: {} }]);
  const message = answers.at(-1)?.error?.message ?? "";
  assertStringIncludes(message, "unknown variant `no/such/method`, expected one of ");
  const known = [...message.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "").slice(1);
  assertEquals(known.sort(), Object.keys(CLIENT_METHODS).sort());
});

test("CLIENT_METHODS marks what the real binary withholds as experimental [R-71]", async () => {
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
