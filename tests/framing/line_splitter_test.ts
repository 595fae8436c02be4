import { TextLineStream } from "@std/streams";
import { MessageTooLargeError } from "../../src/errors/transport_errors.ts";
import { completeLength, LineSplitter } from "../../src/framing/line_splitter.ts";
import { assert, assertEquals, assertInstanceOf, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { fc } from "../_support/property.ts";

const encoder = new TextEncoder();

function splitAll(chunks: Iterable<Uint8Array>, maxMessageBytes?: number): string[] {
  const splitter = new LineSplitter(maxMessageBytes === undefined ? {} : { maxMessageBytes });
  const lines: string[] = [];
  for (const chunk of chunks) lines.push(...splitter.push(chunk));
  return [...lines, ...splitter.end()];
}

function oneByteAtATime(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte));
}

/** Splits bytes at the given positions, modulo the length. */
function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = [...places.map((place) => place % (bytes.length + 1)), bytes.length];
  let start = 0;
  return cuts.sort((a, b) => a - b).map((end) => bytes.subarray(start, start = end));
}

const text = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom("\n", "\r", "\r\n", "\u2028", "\u2029", "\u0085") },
    { weight: 3, arbitrary: fc.constantFrom("a", "\ufeff", "\u00e9", "\u4e2d", "\u{1f600}") },
    { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
  ),
  { maxLength: 60 },
).map((parts) => parts.join("").toWellFormed());
const places = fc.array(fc.nat(), { maxLength: 12 });

test("LineSplitter splits at 0x0A only and strips one CR [R-01]", () => {
  const bytes = encoder.encode("a\rb\r\r\n\u2028\u2029\u0085\v\f\r\n\n\r\nlast\r");
  const expected = ["a\rb\r", "\u2028\u2029\u0085\v\f", "", "", "last"];
  assertEquals(splitAll([bytes]), expected);
  assertEquals(splitAll(oneByteAtATime(bytes)), expected);
});

test("LineSplitter decodes UTF-8 that arrives one byte at a time [R-02]", () => {
  fc.assert(fc.property(text, (value) => {
    const bytes = encoder.encode(value);
    assertEquals(splitAll(oneByteAtATime(bytes)), splitAll([bytes]));
    assertEquals(splitAll([encoder.encode(JSON.stringify(value) + "\n")]), [JSON.stringify(value)]);
  }));
});

test("LineSplitter returns the same lines as TextLineStream however the bytes are split [R-01] [R-02]", async () => {
  await fc.assert(
    fc.asyncProperty(text, places, async (value, cuts) => {
      // Intended differences: the oracle returns a blank last line without a newline, and keeps its CR.
      const expected = await linesOfTextLineStream(value);
      const last = value.endsWith("\n") ? undefined : expected.pop()?.replace(/\r$/, "");
      if (last !== undefined && last.trim() !== "") expected.push(last);
      assertEquals(splitAll(cutAt(encoder.encode(value), cuts)), expected);
    }),
    { numRuns: 300 },
  );
});

async function linesOfTextLineStream(value: string): Promise<string[]> {
  const source = new ReadableStream<string>({
    start(controller): void {
      controller.enqueue(value);
      controller.close();
    },
  });
  const stream: ReadableStream<string> = source.pipeThrough(new TextLineStream());
  const lines: string[] = [];
  for await (const line of stream) lines.push(line);
  return lines;
}

test("LineSplitter replaces invalid UTF-8 with U+FFFD, as decoding everything at once would", () => {
  const byte = fc.oneof(
    fc.constantFrom(0x0a, 0x41, 0x80, 0xbf, 0xc0, 0xc3, 0xe0, 0xe2, 0xed, 0xf0, 0xf4, 0xf8, 0xff),
    fc.nat(255),
  );
  fc.assert(fc.property(fc.array(byte, { maxLength: 40 }), places, (values, cuts) => {
    const bytes = Uint8Array.from([...values, 0x0a]);
    const decoded = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    const expected = decoded.slice(0, -1).split("\n").map((line) => line.replace(/\r$/, ""));
    assertEquals(splitAll(cutAt(bytes, cuts)), expected);
    assertEquals(splitAll(oneByteAtATime(bytes)), expected);
  }));
});

test("LineSplitter keeps a byte order mark at the start of a line", () => {
  const bytes = encoder.encode("\ufeffa\n\ufeffb\n");
  assertEquals(splitAll([bytes]), ["\ufeffa", "\ufeffb"]);
  assertEquals(splitAll(oneByteAtATime(bytes)), ["\ufeffa", "\ufeffb"]);
});

test("LineSplitter returns blank lines, except an unterminated last one", () => {
  assertEquals(splitAll([encoder.encode("\n \n\r\n \t\r")]), ["", " ", ""]);
});

test("LineSplitter returns an end that was split inside a code point", () => {
  assertEquals(splitAll([Uint8Array.of(0x41, 0xf0, 0x9f)]), ["A\ufffd"]);
});

test("LineSplitter keeps no reference to a chunk that is reused", () => {
  const splitter = new LineSplitter();
  const chunk = Uint8Array.of(0x41, 0xe4, 0xb8);
  splitter.push(chunk);
  chunk.fill(0x42);
  assertEquals(splitter.push(Uint8Array.of(0xad, 0x0a)), ["A\u4e2d"]);
});

test("LineSplitter has no limit by default [R-03]", () => {
  const line = "x".repeat(32 * 1024 * 1024);
  assertEquals(splitAll([encoder.encode(line), encoder.encode("\n")])[0]?.length, line.length);
});

test("LineSplitter fails a line over maxMessageBytes, however the bytes are split [R-03]", () => {
  fc.assert(fc.property(fc.nat(20), fc.nat(20), places, (before, length, cuts) => {
    const bytes = encoder.encode(`${"a".repeat(before % 11)}\n${"b".repeat(length)}\nc`);
    const run = (): string[] => splitAll(cutAt(bytes, cuts), 10);
    if (length <= 10) assertEquals(run(), ["a".repeat(before % 11), "b".repeat(length), "c"]);
    else assertEquals(assertThrows(run, MessageTooLargeError).limitBytes, 10);
  }));
});

test("LineSplitter fails a line over maxMessageBytes before its newline arrives [R-03]", () => {
  const splitter = new LineSplitter({ maxMessageBytes: 10 });
  assertEquals(splitter.push(encoder.encode("0123456789")), []);
  assertThrows(() => splitter.push(encoder.encode("x")), MessageTooLargeError);
  assertThrows(() => splitter.push(encoder.encode("\n")), MessageTooLargeError);
  assertThrows(() => splitter.end(), MessageTooLargeError);
});

test("LineSplitter counts maxMessageBytes in bytes, not in characters [R-03]", () => {
  assertEquals(splitAll([encoder.encode("\u00e9".repeat(5) + "\n")], 10), ["\u00e9".repeat(5)]);
  assertThrows(
    () => splitAll([encoder.encode("\u00e9".repeat(6) + "\n")], 10),
    MessageTooLargeError,
  );
});

test("LineSplitter returns the lines before an oversized one first", () => {
  const splitter = new LineSplitter({ maxMessageBytes: 3 });
  assertEquals(splitter.push(encoder.encode("one\ntwo\nthree")), ["one", "two"]);
  assertInstanceOf(splitter.failure, MessageTooLargeError);
  assertThrows(() => splitter.push(new Uint8Array()), MessageTooLargeError);
});

test("LineSplitter rejects a maxMessageBytes that is not a positive number", () => {
  for (const maxMessageBytes of [0, -1, NaN]) {
    assertThrows(() => new LineSplitter({ maxMessageBytes }), RangeError);
  }
  assert(new LineSplitter({ maxMessageBytes: Infinity }));
});

test("completeLength excludes an incomplete code point of every length", () => {
  for (const character of ["\u00e9", "\u4e2d", "\u{1f600}"]) {
    const bytes = new TextEncoder().encode(`a${character}`);
    assertEquals(completeLength(bytes), bytes.length);
    for (let end = 2; end < bytes.length; end++) {
      assertEquals(completeLength(bytes.subarray(0, end)), 1);
    }
  }
});

test("completeLength includes bytes that no later byte can complete", () => {
  for (const bytes of [[], [0x41], [0x80], [0x80, 0x80, 0x80, 0x80], [0xc3, 0x41], [0xe2, 0x0a]]) {
    assertEquals(completeLength(Uint8Array.from(bytes)), bytes.length);
  }
});

test("LineSplitter refuses a line that no runtime can hold in a string, whatever the limit", () => {
  const longest = 2 ** 29 - 24;
  // A chunk that claims a length: only the length decides, before any byte is decoded.
  const claiming = (length: number): Uint8Array =>
    Object.defineProperty(new Uint8Array(8), "length", { value: length });
  for (const options of [{}, { maxMessageBytes: Infinity }]) {
    assertEquals(new LineSplitter(options).push(claiming(longest)), []);
    const push = (): string[] => new LineSplitter(options).push(claiming(longest + 1));
    assertEquals(assertThrows(push, MessageTooLargeError).limitBytes, longest);
  }
});
