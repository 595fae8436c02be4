import {
  describeCompatibility,
  describeNewerFields,
  faultsIn,
  newerFields,
} from "../../scripts/_compat/report.ts";
import { MethodNotSupportedError } from "../../errors.ts";
import { JsonRpcError, RequestTimeoutError } from "../../mod.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { exceptionFor, type Feature, outcomeOf } from "../compat/features.ts";
import { hostFeatures } from "../compat/host_features.ts";
import { turnFeatures } from "../compat/turn_features.ts";

const OPTIONS = { method: "x", rpcCode: -32600, data: undefined };

/** Returns the outcome of a feature that ends like this. */
function ending(run: () => unknown): Promise<string> {
  return outcomeOf(async () => await run() as string | undefined);
}

test("compat distinguishes what works, what differs and typed errors from failures", async () => {
  const throwing = (error: unknown): Promise<string> =>
    ending(() => {
      throw error;
    });
  assertEquals(await ending(() => undefined), "works");
  assertEquals(await ending(() => "one is missing"), "differs: one is missing");
  const lacking = await throwing(new MethodNotSupportedError("no", OPTIONS));
  assertEquals(lacking, "typed error: MethodNotSupportedError");
  // A base class says nothing, a timeout is a hang, and a failed assertion is a fault.
  for (
    const error of [new JsonRpcError("x", OPTIONS), new RequestTimeoutError("x", 1), new Error("x")]
  ) {
    assertStringIncludes(await throwing(error), "failed: ");
  }
});

test("compat applies an exception before the version in which the feature works", () => {
  const except = { before: "0.160.1", outcome: "works", reason: "slow" } as const;
  const feature: Feature = { run: () => Promise.resolve(), except };
  const versions = ["0.155.1", "0.160.0", "0.160.1", "0.171.0"];
  const found = versions.map((version) => exceptionFor(feature, version) === except);
  assertEquals(found, [true, true, false, false]);
});

test("compat describes exceptions by number, and leaves the text of its page alone", () => {
  const features = { ...turnFeatures, ...hostFeatures };
  const versions = ["0.155.1", "0.168.0"];
  const table = { "turn/start": { "a.b": "0.168.0" } };
  const parts = ["features", "exceptions", "fields"].map((name) =>
    `<!-- ${name} -->\n<!-- end -->`
  );
  const empty = ["Before.", ...parts, "After."].join("\n\n");
  const page = describeCompatibility(empty, { features, newerFields: table, versions });
  assertMatch(
    page,
    /^Before\.\n\n<!-- features -->[^]* 0\.168\.0 +\|\n[^]*<!-- end -->\n\nAfter\.\n$/,
  );
  assertStringIncludes(page, "differs [2](#exceptions)");
  assertStringIncludes(page, "`a.b` 0.168.0");
  assertEquals(describeCompatibility(page, { features, newerFields: table, versions }), page);
  assertStringIncludes(describeNewerFields(table), '"a.b": "0.168.0",');
});

test("compat finds the first version of each field, and errors in a table", () => {
  const newest = new Set(["m", "m a", "m b", "m b.c", "n", "n d", "initialize", "initialize e"]);
  const versions = new Map([
    ["1.0.0", new Set(["m", "m a", "initialize"])],
    ["2.0.0", new Set(["m", "m a", "m b", "m b.c", "n", "initialize"])],
    ["3.0.0", newest],
  ]);
  const table = newerFields(versions, newest);
  assertEquals(table, { m: { b: "2.0.0" }, n: { d: "3.0.0" } });
  const faults = (wrong: typeof table): string[] =>
    [...versions].flatMap(([version, fields]) => faultsIn(wrong, version, fields, newest));
  assertEquals(faults(table), []);
  assertEquals(faults({ m: { b: "2.0.0" } }), ["n d in 2.0.0"]);
  assertEquals(faults({ ...table, m: { b: "3.0.0" } }), ["m b in 2.0.0", "m b.c in 2.0.0"]);
});
