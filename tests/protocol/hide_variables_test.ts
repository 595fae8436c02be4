import { hideVariables } from "../../src/protocol/hide_variables.ts";
import { assertEquals, assertStrictEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const POLICY = "shell_environment_policy";

test("hideVariables adds to a policy of the thread, and leaves everything else alone [R-113]", () => {
  const hidden = (config: Record<string, unknown>): unknown =>
    hideVariables({ config }, ["KEY"]).config;
  const cases: readonly (readonly [Record<string, unknown>, Record<string, unknown>])[] = [
    [{ [POLICY]: { inherit: "all" } }, { [POLICY]: { inherit: "all", set: { KEY: "" } } }],
    [{ [POLICY]: { set: { OWN: "1" } }, model: "m" }, {
      [POLICY]: { set: { KEY: "", OWN: "1" } },
      model: "m",
    }],
    [{ [`${POLICY}.set`]: { OWN: "1" } }, { [`${POLICY}.set`]: { KEY: "", OWN: "1" } }],
    [{ [POLICY]: {}, [`${POLICY}.set`]: { OWN: "1" } }, {
      [POLICY]: { set: { KEY: "" } },
      [`${POLICY}.set`]: { KEY: "", OWN: "1" },
    }],
  ];
  for (const [config, expected] of cases) assertEquals(hidden(config), expected);
  for (
    const own of [
      { [POLICY]: { set: { KEY: "own" } } },
      { [`${POLICY}.set`]: { KEY: "own" } },
      { [`${POLICY}.set.OWN`]: "own" }, // these add to the policy of the start
      { [`${POLICY}.exclude`]: ["A"] },
    ]
  ) assertEquals(hidden(own), own);
  for (const params of [{}, { config: null }, { config: { model: "m" } }, [], null, 5]) {
    assertStrictEquals(hideVariables(params, ["KEY"]), params);
  }
  const params = { config: { [POLICY]: {} } };
  assertStrictEquals(hideVariables(params, []), params);
});
