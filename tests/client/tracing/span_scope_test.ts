import { SpanScope } from "../../../src/client/tracing/span_scope.ts";
import { assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { type RecordedSpan, Recorder } from "./_recorder.ts";

function begun(): { scope: SpanScope; span: RecordedSpan } {
  const recorder = new Recorder();
  const tracer = recorder.trace.getTracer("test");
  const onError = (_name: string, error: unknown): never => {
    throw error;
  };
  const scope = SpanScope.start({ api: recorder, tracer, onError }, "one", {});
  return { scope, span: recorder.only("one") };
}

test("SpanScope ends its span once and does not touch it afterwards", () => {
  const { scope, span } = begun();
  scope.end({ first: 1 });
  scope.end({ second: 2 });
  scope.set({ third: 3 });
  scope.fail(new Error("late"));
  scope.failAs("late", { fourth: 4 });
  assertEquals([span.ends, span.attributes, span.status], [1, { first: 1 }, undefined]);
  assertEquals(span.exceptions, []);
});

test("SpanScope keeps the first of several failures", () => {
  const { scope, span } = begun();
  scope.fail(new RangeError("first"));
  scope.fail(new Error("second"));
  scope.failAs("third", { "error.type": "third" });
  assertEquals([span.status?.message, span.attributes["error.type"]], ["RangeError", "RangeError"]);
  assertEquals(span.exceptions.map(({ name }) => name), ["RangeError"]);
});
