import { OperationRouter } from "../../src/client/operation_router.ts";
import { TransportClosedError } from "../../src/errors/transport_errors.ts";
import { assertEquals, assertNotEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const method = "command/exec/outputDelta";

function route(router: OperationRouter, name: string, params: unknown): void {
  router.route({ method: name, params } as never);
}

test("OperationRouter passes notifications to an operation until it is removed", () => {
  const router = new OperationRouter();
  const seen: unknown[] = [];
  const [first, second] = [router.newId("exec"), router.newId("exec")];
  assertNotEquals(first, second);
  const removeFirst = router.add(first, { accept: ({ stream }) => seen.push(["first", stream]) });
  const removeSecond = router.add(second, {
    accept: ({ stream }) => seen.push(["second", stream]),
  });
  route(router, method, { processId: second, stream: "stdout" });
  route(router, method, { processId: first, stream: "stderr" });
  removeFirst();
  route(router, method, { processId: first, stream: "stdout" });
  assertEquals(seen, [["second", "stdout"], ["first", "stderr"]]);
  assertEquals(router.size, 1);
  removeSecond();
  assertEquals(router.size, 0);
  assertNotEquals(router.newId("exec"), first);
});

test("OperationRouter ignores what it cannot read [R-69]", () => {
  const router = new OperationRouter();
  const seen: unknown[] = [];
  const id = router.newId("exec");
  router.add(id, { accept: (params) => seen.push(params) });
  const odd = [null, undefined, 5, [], {}, { processId: 5 }, { processId: "other" }, {
    watchId: id,
  }];
  for (const params of odd) route(router, method, params);
  route(router, "fs/changed", { processId: id });
  route(router, "thread/unknown", { processId: id });
  assertEquals(seen, []);
  route(router, method, { processId: id });
  assertEquals(seen, [{ processId: id }]);
});

test("OperationRouter.close reports the end once, with an error unless it was local", () => {
  for (const local of [true, false]) {
    const router = new OperationRouter();
    const ends: unknown[] = [];
    router.add(1, { accept: () => {}, onClose: (error) => ends.push(error) });
    router.add("two", { accept: () => {} });
    const error = new TransportClosedError({ kind: "stream", local });
    router.close(error);
    router.close(error);
    assertEquals(ends, [local ? undefined : error]);
    assertEquals(router.size, 0);
  }
});
