import { type Check, type CheckResult, checks, runChecks } from "../../scripts/_lib/gate.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

async function run(list: readonly Check[], fails: string): Promise<[string[], CheckResult[]]> {
  const ran: string[] = [];
  const results: CheckResult[] = [];
  const one = ({ name }: Check): Promise<boolean> => {
    ran.push(name);
    return Promise.resolve(name !== fails);
  };
  for await (const result of runChecks(list, one)) results.push(result);
  return [ran, results];
}

test("runChecks skips checks that depend on a failed one, and counts them as failed", async () => {
  const list: Check[] = [
    { name: "build", args: [] },
    { name: "package", args: [], needs: "build" },
    { name: "installers", args: [], needs: "package" },
    { name: "lint", args: [] },
  ];
  assertEquals(await run(list, "build"), [["build", "lint"], [
    { name: "build", passed: false },
    { name: "package", passed: false, missed: "build" },
    { name: "installers", passed: false, missed: "package" },
    { name: "lint", passed: true },
  ]]);
  assertEquals((await run(list, "lint"))[1].filter(({ passed }) => passed).length, 3);
});

test("the gate checks npm/ only after building it", async () => {
  const list = checks();
  const users = list.filter(({ args }) =>
    args.some((arg) => /^--(?:folder|package)=npm$/.test(arg))
  );
  assert(users.length > 0);
  const [, results] = await run(list, "npm build");
  const missed = results.filter((result) => result.missed === "npm build").map(({ name }) => name);
  assertEquals(missed, users.map(({ name }) => name));
});
