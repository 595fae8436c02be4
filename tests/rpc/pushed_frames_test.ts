import { TransportClosedError } from "../../src/errors/transport_errors.ts";
import { RpcConnection } from "../../src/rpc/connection.ts";
import type {
  Transport,
  TransportClose,
  TransportCloseOptions,
} from "../../src/transport/transport.ts";
import { deferred } from "../../src/util/deferred.ts";
import { PushStream, type Sink } from "../../src/util/push_stream.ts";
import { assertEquals, assertInstanceOf, assertStrictEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

/** A connection over a transport that pushes its frames. */
function open(): {
  push: (...frames: string[]) => number | void;
  fail: (error: unknown) => void;
  /** The reason that the stream was cancelled for, and how the transport was closed. */
  ended: { reason?: unknown; force?: boolean | undefined };
  seen: string[];
  rpc: RpcConnection;
} {
  let sink!: Sink<readonly string[]>;
  let fail!: (error: unknown) => void;
  const closed = deferred<TransportClose>();
  const ended: { reason?: unknown; force?: boolean | undefined } = {};
  const close = ({ force }: TransportCloseOptions = {}): Promise<TransportClose> => {
    ended.force = force;
    closed.resolve({ kind: "stream", local: true });
    return closed.promise;
  };
  const transport: Transport = {
    name: "pushed",
    readable: new PushStream<readonly string[]>({
      start: (controller): void => void (fail = (error) => controller.error(error)),
      push: (given): boolean => {
        sink = given;
        return true;
      },
      cancel: (reason): void => void (ended.reason = reason),
    }),
    writable: new WritableStream<string>(),
    closed: closed.promise,
    close,
    [Symbol.asyncDispose]: async () => void await close(),
  };
  const seen: string[] = [];
  const rpc = new RpcConnection(transport, {
    onNotification: ({ method }) => {
      seen.push(method);
      return method === "read";
    },
    onRequest: () => Promise.resolve({}),
    onClose: () => {},
    onDiagnostic: () => {},
  });
  return { push: (...frames) => sink(frames), fail, ended, seen, rpc };
}

test("RpcConnection dispatches pushed frames at once, and says how many somebody awaits", async () => {
  const { push, seen, rpc } = open();
  assertEquals(push('{"method":"read"}', '{"method":"other"}', '{"method":"read"}'), 2);
  assertEquals(seen, ["read", "other", "read"]);
  await rpc.close();
});

test("RpcConnection over pushed frames ends with the error of their stream", async () => {
  const { push, fail, seen, rpc } = open();
  push('{"method":"read"}');
  const error = new Error("the pipe broke");
  fail(error);
  assertStrictEquals((await rpc.closed).cause, error);
  assertEquals(seen, ["read"]);
});

test("RpcConnection over pushed frames ends, and hangs nobody, if a frame cannot be dispatched", async () => {
  const { push, ended, seen, rpc } = open();
  const reply = rpc.request("model/list", {}).catch((error: unknown) => error);
  // Not text: a message that cannot be parsed is only reported, but this one cannot even be shown.
  const bytes: unknown = new TextEncoder().encode('{"method":"other"}');
  assertEquals(push('{"method":"read"}', bytes as string, '{"method":"other"}'), 0);
  const { cause } = await rpc.closed;
  assertInstanceOf(cause, TypeError);
  assertStrictEquals(ended.reason, cause);
  assertStrictEquals(ended.force, true);
  assertInstanceOf(await reply, TransportClosedError);
  assertEquals(seen, ["read"]);
});
