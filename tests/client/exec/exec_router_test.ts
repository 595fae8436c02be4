import { ExecRouter } from "../../../src/client/exec/exec_router.ts";
import { assertEquals, assertNotEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";

const OUTPUT = { stream: "stdout", deltaBase64: "eA==", capReached: false };

test("ExecRouter gives each command an id, and its output until it is released", () => {
  const router = new ExecRouter();
  const seen: unknown[] = [];
  const first = router.add({ onOutput: (...args) => seen.push(["first", ...args]) });
  const second = router.add({ onOutput: (...args) => seen.push(["second", ...args]) });
  assertNotEquals(first.processId, second.processId);
  router.route({ processId: second.processId, ...OUTPUT, capReached: true });
  router.route({ processId: first.processId, ...OUTPUT });
  first.release();
  router.route({ processId: first.processId, ...OUTPUT });
  assertEquals(seen, [["second", "stdout", "eA==", true], ["first", "stdout", "eA==", false]]);
  assertEquals(router.size, 1);
  second.release();
  assertEquals(router.size, 0);
  const third = router.add({ onOutput: () => {} });
  assertNotEquals(third.processId, first.processId);
});

test("ExecRouter leaves alone what it cannot read [R-69]", () => {
  const router = new ExecRouter();
  const seen: unknown[] = [];
  const { processId } = router.add({ onOutput: (...args) => seen.push(args) });
  const odd = [
    null,
    undefined,
    5,
    [],
    {},
    { processId: 5 },
    { processId },
    {
      processId,
      ...OUTPUT,
      deltaBase64: 5,
    },
    { processId, ...OUTPUT, stream: null },
    { ...OUTPUT, processId: "other" },
  ];
  for (const params of odd) router.route(params);
  assertEquals(seen, []);
  router.route({ processId, ...OUTPUT, capReached: "no" });
  assertEquals(seen, [["stdout", "eA==", false]]);
});
