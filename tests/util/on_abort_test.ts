import { onAbort } from "../../src/util/on_abort.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { countingSignal } from "../client/_fixture.ts";

test("onAbort adds one listener to a signal, and takes it away with the last callback", () => {
  const { controller, listeners } = countingSignal();
  const { signal } = controller;
  const called: number[] = [];
  const stops = Array.from({ length: 100 }, (_, at) => onAbort(signal, () => called.push(at)));
  assertEquals(listeners(), 1);
  for (const stop of stops) stop();
  assertEquals(listeners(), 0);
  for (const stop of stops) stop(); // again
  const same = (): void => void called.push(1);
  const [first] = [onAbort(signal, same), onAbort(signal, same)];
  first?.();
  assertEquals(listeners(), 1);
  controller.abort();
  assertEquals([called, listeners()], [[1], 0]);
});

test("onAbort calls in order, not what an earlier callback stopped, and nothing on a fired signal", () => {
  const { controller, listeners } = countingSignal();
  const { signal } = controller;
  const called: string[] = [];
  onAbort(signal, () => {
    called.push("first");
    stop();
    onAbort(signal, () => called.push("too late"));
  });
  const stop = onAbort(signal, () => called.push("stopped"));
  onAbort(signal, () => called.push("last"));
  controller.abort();
  onAbort(signal, () => called.push("too late"));
  onAbort(undefined, () => called.push("no signal"))();
  assertEquals([called, listeners()], [["first", "last"], 0]);
});
