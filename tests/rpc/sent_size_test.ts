import { MessageTooLargeError } from "../../src/errors/transport_errors.ts";
import { resilient } from "../../src/resilient/resilient.ts";
import { memoryTransportPair } from "../../src/transport/memory_pair.ts";
import { tapTransport } from "../../src/transport/tap.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { assertEquals, assertRejects, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { Peer } from "./_peer.ts";

/** A pair whose first end accepts frames of up to 200 bytes. */
function narrowPair(): readonly [Transport, Transport] {
  const [client, server] = memoryTransportPair();
  return [Object.assign(client, { maxSentBytes: 200 }), server];
}

test("RpcConnection refuses what its transport cannot send, and sends the rest [R-107]", async () => {
  await using peer = new Peer({ pair: narrowPair(), onRequest: () => "\u00e9".repeat(100) });
  const error = await assertRejects(
    () => peer.rpc.request("long", { text: "\u4e2d".repeat(60) }),
    MessageTooLargeError,
  );
  assertEquals([error.limitBytes, error.outgoing], [200, true]);
  assertThrows(() => peer.rpc.notify("long", "x".repeat(200)), MessageTooLargeError);
  assertEquals(peer.rpc.pending.outgoing, 0);
  peer.rpc.notify("short", "x".repeat(150));
  assertEquals((await peer.next()).method, "short");
  await peer.send({ id: 7, method: "ask" });
  const answer = await peer.next();
  assertEquals([answer.id, "error" in answer], [7, true]);
});

test("tapTransport() and resilient() keep the size that a transport can send [R-107]", async () => {
  const [client, server] = narrowPair();
  const tapped = tapTransport(client, {});
  await using lasting = await resilient(() => Promise.resolve(tapped))();
  assertEquals([tapped.maxSentBytes, lasting.maxSentBytes], [200, 200]);
  await server.close();
});
