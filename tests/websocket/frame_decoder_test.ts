import { FrameDecoder } from "../../src/websocket/frame_decoder.ts";
import { MessageTooLargeError } from "../../src/errors/transport_errors.ts";
import { assert, assertEquals, assertInstanceOf } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { frame, joined, text } from "./_raw_server.ts";
import { fc } from "../_support/property.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** What a decoder made of some chunks. */
function decoded(
  chunks: readonly Uint8Array[],
  options: { readonly maxMessageBytes?: number } = {},
): { readonly batches: string[][]; readonly decoder: FrameDecoder } {
  const decoder = new FrameDecoder(options);
  const batches = chunks.map((chunk) => decoder.push(chunk)).filter(({ length }) => length > 0);
  return { batches, decoder };
}

test("FrameDecoder returns the messages of one chunk as one batch [R-107]", () => {
  const long = "\u00e9".repeat(70_000);
  const chunk = joined(text("1"), text(""), text("x".repeat(126)), text(long), text("\ufeff2"));
  assertEquals(decoded([chunk]).batches, [["1", "", "x".repeat(126), long, "\ufeff2"]]);
});

test("FrameDecoder joins fragments, with control frames between them [R-107]", () => {
  const wire = joined(
    frame(0x01, bytes(0xe4)),
    frame(0x89, "first"),
    frame(0x00, bytes(0xb8)),
    frame(0x00),
    frame(0x89, "second"),
    frame(0x80, bytes(0xad, 0x21)),
    frame(0x8a, "a pong"),
  );
  const { batches, decoder } = decoded([wire]);
  assertEquals(batches, [["\u4e2d!"]]);
  assertEquals(new TextDecoder().decode(decoder.takePing()), "second");
  assertEquals([decoder.takePing(), decoder.end], [undefined, undefined]);
});

const MALFORMED: readonly (readonly [what: string, code: number, wire: Uint8Array])[] = [
  ["a reserved bit", 1002, frame(0xc1, "x")],
  ["another reserved bit", 1002, frame(0xa1, "x")],
  ["the last reserved bit", 1002, frame(0x91, "x")],
  ["a reserved bit of a control frame", 1002, frame(0xc9)],
  ["an unknown opcode", 1002, frame(0x83, "x")],
  ["an unknown control opcode", 1002, frame(0x8b, "x")],
  ["a masked frame", 1002, bytes(0x81, 0x81, 1, 2, 3, 4, 5)],
  ["an empty masked frame", 1002, bytes(0x81, 0x80)],
  ["a fragmented ping", 1002, frame(0x09, "x")],
  ["a fragmented close", 1002, frame(0x08)],
  ["a long ping", 1002, frame(0x89, "x".repeat(126))],
  ["a ping that claims 2^63 bytes", 1002, bytes(0x89, 127, 0x80, 0, 0, 0, 0, 0, 0, 0)],
  ["a continuation of nothing", 1002, frame(0x80, "x")],
  ["a continuation after a message", 1002, joined(text("x"), frame(0x00, "x"))],
  ["a message within another", 1002, joined(frame(0x01, "x"), text("x"))],
  ["a binary message within another", 1002, joined(frame(0x01, "x"), frame(0x82, "x"))],
  ["a binary message", 1003, frame(0x82, "x")],
  ["a close code of one byte", 1002, frame(0x88, bytes(3))],
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map((code) =>
    [`the close code ${code}`, 1002, frame(0x88, bytes(code >> 8, code & 0xff))] as const
  ),
  ["a close reason that is not UTF-8", 1007, frame(0x88, bytes(3, 232, 0xff))],
  ["text that is not UTF-8", 1007, frame(0x81, bytes(0xff))],
  ["an overlong code point", 1007, frame(0x81, bytes(0xc0, 0x80))],
  ["a surrogate", 1007, frame(0x81, bytes(0xed, 0xa0, 0x80))],
  ["text cut within a code point", 1007, frame(0x81, bytes(0xe4, 0xb8))],
  [
    "fragments cut within a code point",
    1007,
    joined(frame(1, bytes(0xe4)), frame(0x80, bytes(0xb8))),
  ],
  [
    "two messages that share a code point",
    1007,
    joined(
      frame(0x81, bytes(0xe4, 0xb8)),
      frame(0x81, bytes(0xad)),
    ),
  ],
  ["a code point that a fragment breaks", 1007, joined(frame(1, bytes(0xe4)), frame(0x80, "x"))],
  ["a message of 2^63 bytes", 1009, bytes(0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0)],
];

test("FrameDecoder ends at what the protocol forbids, with the right code, however it is cut [R-107]", () => {
  for (const [what, code, malformed] of MALFORMED) {
    const wire = joined(text("before"), malformed, text("after"));
    const single = Array.from(wire, (byte) => Uint8Array.of(byte));
    for (const chunks of [[wire], single]) {
      const { batches, decoder } = decoded(chunks);
      assertEquals(batches.flat().slice(0, 1), ["before"], what);
      assert(!batches.flat().includes("after"), what);
      assertEquals(decoder.end?.code, code, what);
      assert(code === 1009 || /^the server sent /.test(decoder.end?.reason ?? ""), what);
      assertEquals(decoder.push(text("later")), [], what);
    }
  }
});

test("FrameDecoder refuses a message over the limit when its header arrives [R-107]", () => {
  const limit = { maxMessageBytes: 10 };
  assertEquals(decoded([text("0123456789")], limit).batches, [["0123456789"]]);
  const header = text("0123456789a").subarray(0, 2);
  const fragments = joined(frame(0x01, "012345"), frame(0x80, "6789a").subarray(0, 2));
  for (const wire of [header, fragments]) {
    const { decoder } = decoded([wire], limit);
    assertEquals(decoder.end?.code, 1009);
    assertInstanceOf(decoder.end?.cause, MessageTooLargeError);
    assertEquals(decoder.end.cause.limitBytes, 10);
  }
});

test("FrameDecoder reads the code and reason of a close frame [R-107]", () => {
  const closed = (payload: Uint8Array): unknown => decoded([frame(0x88, payload)]).decoder.end;
  assertEquals(closed(bytes()), { code: 1005, reason: "" });
  assertEquals(closed(bytes(3, 232)), { code: 1000, reason: "" });
  assertEquals(closed(joined(bytes(3, 233), new TextEncoder().encode("\u00e9"))), {
    code: 1001,
    reason: "\u00e9",
  });
  assertEquals(closed(bytes(4999 >> 8, 4999 & 0xff)), { code: 4999, reason: "" });
});

test("FrameDecoder keeps no memory of the chunks [R-107]", () => {
  const decoder = new FrameDecoder();
  const wire = joined(frame(0x01, "\u4e2d".repeat(50)), frame(0x80, "!"));
  const memory = new Uint8Array(7);
  const messages: string[] = [];
  for (let at = 0; at < wire.length; at += 7) {
    const piece = wire.subarray(at, at + 7);
    memory.set(piece);
    messages.push(...decoder.push(memory.subarray(0, piece.length)));
    memory.fill(0xff);
  }
  assertEquals(messages, [`${"\u4e2d".repeat(50)}!`]);
});

test("FrameDecoder makes no string of each tiny fragment: endless ones fill no memory [R-107]", () => {
  const pieces = new TextEncoder().encode("\u{1f600}\u4e2dabc".repeat(2_000));
  const wire = new Uint8Array(3 * pieces.length);
  pieces.forEach((byte, index) => wire.set([index === 0 ? 1 : 0, 1, byte], 3 * index));
  const { decode } = TextDecoder.prototype;
  let calls = 0;
  TextDecoder.prototype.decode = function (...args): string {
    calls++;
    return decode.apply(this, args);
  };
  try {
    const { batches } = decoded([wire, frame(0x80, "!")]);
    assertEquals(batches, [[`${"\u{1f600}\u4e2dabc".repeat(2_000)}!`]]);
  } finally {
    TextDecoder.prototype.decode = decode;
  }
  assert(calls < 10, `${calls} strings`);
});

/** A message as frames: the places to cut it, and pings between. */
const message = fc.record({
  content: fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc.constantFrom("x".repeat(125), "x".repeat(126), "\u00e9".repeat(40_000)),
  ),
  cuts: fc.array(fc.nat(400), { maxLength: 4 }),
  ping: fc.boolean(),
});

function framesOf(content: string, cuts: readonly number[], ping: boolean): Uint8Array {
  const payload = new TextEncoder().encode(content);
  const places = [...cuts.filter((cut) => cut <= payload.length), payload.length].sort((a, b) =>
    a - b
  );
  const parts: Uint8Array[] = [];
  let start = 0;
  places.forEach((end, index) => {
    const isLast = index === places.length - 1;
    parts.push(frame((isLast ? 0x80 : 0) | (index === 0 ? 1 : 0), payload.subarray(start, end)));
    if (ping) parts.push(frame(0x89, "ping"));
    start = end;
  });
  return joined(...parts);
}

test("FrameDecoder gives the same messages for all fragments and chunks [R-107]", () => {
  const run = fc.property(
    fc.array(message, { minLength: 1, maxLength: 6 }),
    fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 1, maxLength: 5 }),
    (messages, sizes) => {
      const wire = joined(
        ...messages.map(({ content, cuts, ping }) => framesOf(content, cuts, ping)),
      );
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < wire.length;) {
        const size = sizes[chunks.length % sizes.length] ?? 1;
        chunks.push(wire.slice(at, at += size));
      }
      const { batches, decoder } = decoded(chunks);
      assertEquals(batches.flat(), messages.map(({ content }) => content.toWellFormed()));
      assertEquals(decoder.end, undefined);
    },
  );
  fc.assert(run, { numRuns: 60 });
});

test("FrameDecoder never throws, whatever the bytes are [R-107]", () => {
  const run = fc.property(
    fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
    (chunks) => {
      decoded(chunks, { maxMessageBytes: 1_000 });
    },
  );
  fc.assert(run, { numRuns: 300 });
});
