/**
 * The behaviour that every transport shares, whatever it runs over: registered once per transport.
 *
 * To register another transport, write `open`: it opens a fresh transport and returns the far end of it as a
 * {@linkcode TransportPeer}. The contract of `open`:
 * - `peer.send(...frames)` makes the frames arrive on `transport.readable`, in order, without newlines in them. Its
 *   promise may stay pending until the transport is read (backpressure): the suite never awaits it before reading.
 * - `peer.sendBytes(bytes)` puts raw bytes on the peer's output, as one chunk. Omit it where there are no bytes,
 *   together with `{ bytes: false }`.
 * - `peer.receive()` returns the next frame written to `transport.writable`, without its newline, and `undefined`
 *   once the transport has ended its output. Nothing is read before `receive()` is called, except what the peer's own
 *   buffers accept.
 * - `peer.end()` ends the peer's output; for a child process: its stdout ends and it exits.
 * - When the transport ends its output, the peer ends too, as `codex app-server` does at the end of stdin: no later
 *   than the `receive()` that returns `undefined`, and by itself when nobody calls `receive()`.
 * - `close()` of the transport must finish within {@linkcode CLOSE_WITHIN_MS}: set its own limits below that.
 * - `dispose()` frees everything, also after a failed test; safe to call when everything has ended.
 */
import type { Transport } from "../../src/transport/transport.ts";
import { isCodexError, type TransportClosedError } from "../../errors.ts";
import { assert, assertEquals, assertExists, assertStrictEquals } from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import { test } from "../_support/test.ts";

/** The milliseconds within which `close()` must finish in every test of the suite. */
export const CLOSE_WITHIN_MS = 3_000;

/** The far end of a transport under test. */
export interface TransportPeer {
  /** Sends frames to the transport, in one chunk where there are chunks. */
  send(...frames: string[]): Promise<void>;
  /** Sends raw bytes to the transport as one chunk. */
  sendBytes?(bytes: Uint8Array): Promise<void>;
  /** Returns the next frame that the transport wrote; `undefined` after its last one. */
  receive(): Promise<string | undefined>;
  /** Ends the peer's output. */
  end(): Promise<void>;
}

/** A transport under test with its far end. */
export interface OpenedTransport {
  readonly transport: Transport;
  readonly peer: TransportPeer;
  /** Frees everything that is left. */
  dispose(): Promise<void>;
}

/** Opens a fresh transport for one test. */
export type OpenTransport = () => Promise<OpenedTransport>;

/** Options of {@linkcode transportSuite}. */
export interface TransportSuiteOptions {
  /**
   * Whether there are bytes under the frames, so that the peer has `sendBytes`.
   * @default {true}
   */
  readonly bytes?: boolean;
  /** Whether everything runs within this program, so that its time can be fake. */
  readonly fakeTime?: boolean;
  /** Why the transport cannot be tested here. */
  readonly skip?: string;
  /** Runs the whole suite as one test within what this prepares, such as a server that is slow to start. */
  readonly within?: (run: () => Promise<void>) => Promise<void>;
}

type SendBytes = NonNullable<TransportPeer["sendBytes"]>;

/** Registers the tests of every transport under the given name. */
export function transportSuite(
  name: string,
  open: OpenTransport,
  options: TransportSuiteOptions = {},
): void {
  const skipped = options.skip === undefined ? {} : { skip: options.skip };
  const prepare = options.within;
  const parts: (() => Promise<void>)[] = [];
  if (prepare !== undefined) {
    const run = async (): Promise<void> => {
      for (const part of parts) await part();
    };
    test(`${name} behaves like every transport`, () => prepare(run), {
      ...skipped,
      timeoutMs: 240_000,
    });
  }

  function behaviour(title: string, body: (opened: OpenedTransport) => Promise<void>): void {
    const run = async (): Promise<void> => {
      using _clock = options.fakeTime ? fakeClock() : undefined;
      const opened = await open();
      try {
        await body(opened);
      } catch (cause) {
        throw prepare === undefined ? cause : new Error(`It ${title}`, { cause });
      } finally {
        await opened.dispose();
      }
    };
    if (prepare === undefined) test(`${name} ${title}`, run, skipped);
    else parts.push(run);
  }

  function bytesBehaviour(
    title: string,
    body: (opened: OpenedTransport, sendBytes: SendBytes) => Promise<void>,
  ): void {
    if (options.bytes === false) return;
    behaviour(title, (opened) => {
      assertExists(opened.peer.sendBytes, "the peer of a transport over bytes has sendBytes");
      return body(opened, opened.peer.sendBytes);
    });
  }

  behaviour("has a name and ends with its scope", async ({ transport }) => {
    assert(transport.name.length > 0);
    await within(transport[Symbol.asyncDispose]());
    assertEquals((await transport.closed).local, true);
  });

  behaviour("gives the frames of the peer in order, in batches", async ({ transport, peer }) => {
    const sent = Array.from({ length: 500 }, (_, index) => `{"id":${index}}`);
    const sending = (async () => {
      for (let index = 0; index < sent.length; index += 50) {
        await peer.send(...sent.slice(index, index + 50));
      }
      await peer.end();
    })();
    const batches = await collect(transport);
    await sending;
    assertEquals(batches.flat(), sent);
    assert(batches.every((batch) => batch.length > 0), "a batch is never empty");
  });

  behaviour("writes frames to the peer in order", async ({ transport, peer }) => {
    const writer = transport.writable.getWriter();
    const frames = Array.from({ length: 100 }, (_, index) => `{"id":${index}}`);
    const writes = frames.map((frame) => writer.write(frame));
    for (const frame of frames) assertEquals(await peer.receive(), frame);
    await Promise.all(writes);
  });

  behaviour("keeps line separators and text of every plane", async ({ transport, peer }) => {
    const frame = JSON.stringify({
      text: "a\u2028b\u2029c\u0085d\r\n\u00e9\u4e2d\u{1f600}\u{10ffff}",
    });
    const reader = transport.readable.getReader();
    const sending = peer.send(frame);
    assertEquals((await reader.read()).value, [frame]);
    await sending;
    const writer = transport.writable.getWriter();
    const writing = writer.write(frame);
    assertEquals(await peer.receive(), frame);
    await writing;
  });

  bytesBehaviour(
    "assembles frames from one byte at a time",
    async ({ transport, peer }, sendBytes) => {
      const frames = ['{"a":"\u00e9\u4e2d\u{1f600}"}', '{"b":"\u2028"}', '{"c":"\u{10ffff}"}'];
      const bytes = new TextEncoder().encode(`${frames[0]}\n${frames[1]}\r\n${frames[2]}\n`);
      const sending = (async () => {
        for (const byte of bytes) await sendBytes(Uint8Array.of(byte));
        await peer.end();
      })();
      assertEquals((await collect(transport)).flat(), frames);
      await sending;
    },
  );

  bytesBehaviour(
    "returns the frames of one chunk as one batch",
    async ({ transport }, sendBytes) => {
      const sending = sendBytes(new TextEncoder().encode("1\n2\n3\n"));
      assertEquals((await transport.readable.getReader().read()).value, ["1", "2", "3"]);
      await sending;
    },
  );

  bytesBehaviour(
    "returns a last line without a newline",
    async ({ transport, peer }, sendBytes) => {
      const sending = sendBytes(new TextEncoder().encode('{"a":1}\n{"b":2}')).then(() =>
        peer.end()
      );
      assertEquals((await collect(transport)).flat(), ['{"a":1}', '{"b":2}']);
      await sending;
    },
  );

  bytesBehaviour(
    "passes on blank lines and lines that are not JSON",
    async ({ transport, peer }, sendBytes) => {
      const sending = sendBytes(new TextEncoder().encode("\nhello\n{}\n")).then(() => peer.end());
      assertEquals((await collect(transport)).flat(), ["", "hello", "{}"]);
      await sending;
    },
  );

  behaviour("fulfils closed once the peer has ended", async ({ transport, peer }) => {
    const [batches] = await Promise.all([collect(transport), peer.end()]);
    assertEquals(batches, []);
    const close = await within(transport.closed);
    assertEquals(close.local, false);
    assertStrictEquals(await within(transport.close()), close, "a later close() tells the same");
  });

  behaviour("fulfils closed after the last frame, for a late reader too", async (opened) => {
    const { transport, peer } = opened;
    const frames = Array.from({ length: 200 }, (_, index) => `{"id":${index}}`);
    const sending = (async () => {
      for (const frame of frames) await peer.send(frame);
      await peer.end();
    })();
    const seen: string[] = [];
    for await (const batch of transport.readable) {
      seen.push(...batch);
      await macrotask();
    }
    await within(transport.closed);
    await sending;
    assertEquals(seen, frames);
  });

  behaviour("lets what is unread at the end still be read", async ({ transport, peer }) => {
    const sending = peer.send("1").then(() => peer.end());
    await macrotask();
    assertEquals((await collect(transport)).flat(), ["1"]);
    await within(transport.closed);
    await sending;
  });

  behaviour("closes once, however often it is asked", async ({ transport }) => {
    const drained = collect(transport);
    const [first, second] = await within(Promise.all([transport.close(), transport.close()]));
    const third = await within(transport.close({ force: true }));
    assertStrictEquals(second, first);
    assertStrictEquals(third, first);
    assertStrictEquals(await transport.closed, first);
    assertEquals(first.local, true);
    assertEquals(first.cause, undefined);
    await within(drained);
  });

  behaviour("closes at once when forced", async ({ transport }) => {
    const drained = collect(transport);
    assertEquals((await within(transport.close({ force: true }))).local, true);
    await within(drained);
  });

  behaviour("closes when nobody reads", async ({ transport, peer }) => {
    const sending = peer.send("1", "2", "3");
    sending.catch(() => {});
    await macrotask();
    assertEquals((await within(transport.close())).local, true);
    await within(collect(transport));
    await sending.catch(() => {});
  });

  behaviour("closes after its reader has cancelled", async ({ transport }) => {
    await within(transport.readable.cancel());
    await within(transport.close());
    await within(transport.closed);
  });

  behaviour("rejects a write after close with TransportClosedError", async ({ transport }) => {
    const writer = transport.writable.getWriter();
    writer.closed.catch(() => {});
    writer.ready.catch(() => {});
    const close = await within(transport.close());
    const error = await writer.write("{}").then(() => undefined, (reason: unknown) => reason);
    assertClosed(error);
    assertEquals(error.close.local, close.local);
  });

  behaviour("tells an idle writer of the end", async ({ transport, peer }) => {
    const writer = transport.writable.getWriter();
    const ended = writer.closed.then(() => undefined, (reason: unknown) => reason);
    await Promise.all([collect(transport), peer.end()]);
    assertClosed(await within(ended));
  });

  behaviour("rejects a write after the peer's end with TransportClosedError", async (opened) => {
    const { transport, peer } = opened;
    const writer = transport.writable.getWriter();
    writer.closed.catch(() => {});
    await Promise.all([collect(transport), peer.end()]);
    await within(transport.closed);
    const error = await writer.write("{}").then(() => undefined, (reason: unknown) => reason);
    assertClosed(error);
    assertEquals(error.close.local, false);
  });

  behaviour("settles every pending write at close", async ({ transport }) => {
    const writer = transport.writable.getWriter();
    writer.closed.catch(() => {});
    const frame = JSON.stringify("x".repeat(256 * 1024));
    const writes = Array.from({ length: 40 }, () => writer.write(frame));
    const settled = Promise.allSettled(writes);
    await macrotask();
    await within(transport.close());
    assertEquals((await within(settled)).length, 40);
  });

  behaviour("ends its output when the writable is closed", async ({ transport, peer }) => {
    const drained = collect(transport);
    const writer = transport.writable.getWriter();
    writer.closed.catch(() => {});
    const closing = writer.write('{"last":true}').then(() => writer.close());
    closing.catch(() => {});
    assertEquals(await within(peer.receive()), '{"last":true}');
    assertEquals(await within(peer.receive()), undefined);
    await within(closing);
    await peer.end();
    await within(drained);
    await within(transport.closed);
  });

  behaviour("ends for the peer at close", async ({ transport, peer }) => {
    const drained = collect(transport);
    const closing = transport.close();
    assertEquals(await within(peer.receive()), undefined);
    await within(closing);
    await within(drained);
  });
}

/** Reads every remaining batch of a transport. */
export async function collect(transport: Transport): Promise<(readonly string[])[]> {
  const batches: (readonly string[])[] = [];
  for await (const batch of transport.readable) batches.push(batch);
  return batches;
}

/** Waits for a promise, but no longer than a close may take. */
export async function within<T>(
  promise: PromiseLike<T>,
  limitMs: number = CLOSE_WITHIN_MS,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Not settled within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Lets everything that is already due run. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Fails unless a value is a `TransportClosedError`: of the sources or of an installed package. */
function assertClosed(error: unknown): asserts error is TransportClosedError {
  assertEquals(isCodexError(error) && error.code, "transport_closed");
}
