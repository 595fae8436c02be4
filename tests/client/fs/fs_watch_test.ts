/** Watches over a fake server: merging, bounds and ends. */
import { RequestTimeoutError, TransportClosedError } from "../../../mod.ts";
import { FsError, StreamOverflowError } from "../../../errors.ts";
import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import "../../_support/loaded_modules.ts";
import { test } from "../../_support/test.ts";
import { count, countingSignal, reasonOf, settled } from "../_fixture.ts";
import { kept } from "../_kept.ts";
import { changed, openFs } from "./_fs_fixture.ts";

test("FsWatch joins unread changes, each path once", async () => {
  await using fixture = await openFs();
  const { server, codex } = fixture;
  const watch = await codex.fs.watch("/w");
  const { params: { watchId } } = await server.nextRequest("fs/watch");
  server.sendBatch([
    changed(watchId, "/w/a", "/w/b"),
    changed("other", "/w/x"),
    changed(watchId, "/w/b", 5, "/w/c"),
    changed(watchId),
  ]);
  await settled(fixture);
  assertEquals(await watch.next(), { value: { paths: ["/w/a", "/w/b", "/w/c"] }, done: false });
  const next = watch.next();
  server.sendBatch([changed(watchId, "/w/a")]);
  assertEquals((await next).value, { paths: ["/w/a"] });
  await watch.return();
});

test("FsWatch keeps a change that arrives before the reply", async () => {
  await using fixture = await openFs();
  const { server, codex } = fixture;
  server.on("fs/watch", ({ watchId, path }, request) => {
    server.sendBatch([changed(watchId, "/w/early"), { id: request.id, result: { path } }]);
    return new Promise(() => {});
  });
  await using watch = await codex.fs.watch("/w");
  assertEquals((await watch.next()).value, { paths: ["/w/early"] });
});

test("FsWatch asks the server once to end it when left", async () => {
  await using fixture = await openFs();
  const { server, codex } = fixture;
  const watch = await codex.fs.watch("/w");
  const waiting = watch.next();
  await Promise.all([watch.return(), watch[Symbol.asyncDispose]()]);
  assertEquals(await waiting, { value: undefined, done: true });
  assertEquals(await watch.next(), { value: undefined, done: true });
  assertEquals([count(server, "fs/unwatch"), kept(codex).operations.size], [1, 0]);
});

test("FsWatch yields nothing once left, not even unread changes", async () => {
  await using fixture = await openFs();
  const { server, codex } = fixture;
  for (const isGone of [false, true]) {
    const watch = await codex.fs.watch("/w");
    const { params: { watchId } } = await server.nextRequest("fs/watch");
    server.sendBatch([changed(watchId, "/w/a")]);
    await settled(fixture);
    if (isGone) server.exit({ code: 1 });
    if (isGone) await codex.exited;
    await watch.return();
    assertEquals(await watch.next(), { value: undefined, done: true });
  }
});

test("FsWatch ignores a change without paths, and has the server's path", async () => {
  await using fixture = await openFs();
  const { server, codex } = fixture;
  server.on("fs/watch", () => ({ path: "/real/w" }));
  await using watch = await codex.fs.watch("/w");
  assertEquals(watch.path, "/real/w");
  const { params: { watchId } } = await server.nextRequest("fs/watch");
  const next = watch.next();
  server.sendBatch([changed(watchId), changed(watchId, "/w/a")]);
  assertEquals((await next).value, { paths: ["/w/a"] });
});

test("FsWatch.return resolves whether the server ends the watch, refuses or stays silent", async () => {
  using clock = fakeClock({ waitsForModules: true });
  await using fixture = await openFs();
  const { server, codex } = fixture;
  server.on("fs/unwatch", () => {
    throw { code: -32600, message: "no" };
  });
  await (await codex.fs.watch("/w")).return();
  server.on("fs/unwatch", () => new Promise(() => {}));
  const watch = await codex.fs.watch("/w");
  assertEquals(clock.elapsedMs, 0);
  await watch.return();
  assertEquals(clock.elapsedMs, 5_000);
});

test("FsWatch ends with its signal and releases it", async () => {
  await using fixture = await openFs();
  const { server, codex } = fixture;
  const { controller, listeners } = countingSignal();
  const watch = await codex.fs.watch("/w", { signal: controller.signal });
  const waits = [watch.next(), watch.next()];
  controller.abort(new Error("mine"));
  assertStrictEquals(await reasonOf(waits[0] as Promise<unknown>), controller.signal.reason);
  assertEquals(await waits[1], { value: undefined, done: true });
  await server.nextRequest("fs/unwatch");
  assertEquals([listeners(), kept(codex).operations.size], [0, 0]);
  const calm = countingSignal();
  await (await codex.fs.watch("/w", { signal: calm.controller.signal })).return();
  assertEquals(calm.listeners(), 0);
});

test("FsWatch rejects when the connection ends, and is done when the client is closed [R-13]", async () => {
  await using fixture = await openFs();
  const watch = await fixture.codex.fs.watch("/w");
  const next = watch.next();
  fixture.server.exit({ code: 1 });
  assertInstanceOf(await reasonOf(next), TransportClosedError);
  assertEquals((await watch.next()).done, true);
  await watch.return();
  await using other = await openFs();
  const calm = await other.codex.fs.watch("/w");
  const last = calm.next();
  await other.codex.close();
  assertEquals((await last).done, true);
});

test("FsWatch bounds unread changes", async () => {
  await using fixture = await openFs();
  const { server, codex } = fixture;
  const watch = await codex.fs.watch("/w");
  const { params: { watchId } } = await server.nextRequest("fs/watch");
  const paths = Array.from({ length: 65_537 }, (_, index) => `/w/${index}`);
  server.sendBatch([changed(watchId, ...paths.slice(0, 65_536))]);
  await settled(fixture);
  assertEquals(kept(codex).operations.size, 1);
  server.sendBatch([changed(watchId, ...paths.slice(65_536))]);
  await server.nextRequest("fs/unwatch");
  assertEquals(kept(codex).operations.size, 0);
  await assertRejects(() => watch.next(), StreamOverflowError);
});

test("codex.fs.watch leaves nothing behind if cancelled or refused", async () => {
  await using fixture = await openFs();
  const { server, codex } = fixture;
  const held = server.defer("fs/watch");
  await assertRejects(() => codex.fs.watch("/w", { timeoutMs: 10 }), RequestTimeoutError);
  assertEquals(kept(codex).operations.size, 0);
  held.reply({ path: "/w" }); // too late: the server has started the watch
  await server.nextRequest("fs/unwatch");
  const { controller } = countingSignal();
  const late = server.defer("fs/watch");
  const watching = codex.fs.watch("/w", { signal: controller.signal });
  await late.arrived();
  controller.abort(new Error("mine"));
  assertStrictEquals(await reasonOf(watching), controller.signal.reason);
  late.reply({ path: "/w" });
  await server.nextRequest("fs/unwatch");
  await settled(fixture);
  assertEquals(count(server, "fs/unwatch"), 2);
  server.defer("fs/watch").fail({
    code: -32603,
    message: "No such file or directory (os error 2)",
  });
  await assertRejects(() => codex.fs.watch("/w"), FsError, "os error 2");
  assertEquals(kept(codex).operations.size, 0);
});
