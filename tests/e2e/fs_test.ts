/** Files and folders on the real binary. */
import { FsError, type FsErrorReason } from "../../errors.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStrictEquals,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { reasonOf } from "../client/_fixture.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

test("codex.fs writes and reads bytes unchanged", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, scripted } = session;
  const path = `${scripted.home.workspace}/any name ü.bin`;
  const bytes = Uint8Array.from({ length: 100_001 }, (_, index) => (index * 37) & 255);
  await codex.fs.write(path, bytes);
  assertEquals(await codex.fs.read(path), bytes);
  await codex.fs.write(path, new Uint8Array(0));
  assertEquals(await codex.fs.read(path), new Uint8Array(0));
});

test("codex.fs writes and reads text, including a byte order mark", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, scripted } = session;
  const path = `${scripted.home.workspace}/text.txt`;
  for (const text of ["héllo €\r\n😀", "", "\ufeffwith a mark"]) {
    await codex.fs.writeText(path, text);
    assertStrictEquals(await codex.fs.readText(path), text);
  }
});

test("codex.fs writes more files at once than the server can queue", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, scripted } = session;
  const path = (index: number): string => `${scripted.home.workspace}/${index}.txt`;
  const indices = Array.from({ length: 800 }, (_, index) => index);
  await Promise.all(indices.map((index) => codex.fs.writeText(path(index), "x".repeat(2_000))));
  assertEquals((await codex.fs.list(scripted.home.workspace)).length, 800);
});

test("codex.fs creates, lists, stats, copies and removes", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, scripted } = session;
  const { fs } = codex;
  const root = scripted.home.workspace;
  await fs.mkdir(`${root}/a/b`, { recursive: true });
  await fs.mkdir(`${root}/a/b`, { recursive: true });
  const before = Date.now() - 2_000;
  await fs.writeText(`${root}/a/one.txt`, "1");
  const entries = (await fs.list(`${root}/a`)).toSorted((one, two) =>
    one.fileName.localeCompare(two.fileName)
  );
  assertEquals(entries, [
    { fileName: "b", isDirectory: true, isFile: false },
    { fileName: "one.txt", isDirectory: false, isFile: true },
  ]);
  const { isFile, isDirectory, isSymlink, modifiedAtMs } = await fs.stat(`${root}/a/one.txt`);
  assertEquals([isFile, isDirectory, isSymlink], [true, false, false]);
  assert(modifiedAtMs >= before && modifiedAtMs <= Date.now() + 2_000);
  await fs.copy(`${root}/a/one.txt`, `${root}/two.txt`);
  await fs.copy(`${root}/a`, `${root}/c`, { recursive: true });
  assertEquals(await fs.readText(`${root}/two.txt`), "1");
  assertEquals(await fs.readText(`${root}/c/one.txt`), "1");
  await fs.remove(`${root}/two.txt`);
  await fs.remove(`${root}/c`, { recursive: true });
  await fs.remove(`${root}/c`, { recursive: true, force: true });
  assertEquals((await fs.list(root)).map(({ fileName }) => fileName), ["a"]);
});

test("FsError names the reason and the path", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, scripted } = session;
  const { fs } = codex;
  const root = scripted.home.workspace;
  await fs.mkdir(`${root}/full`);
  await fs.writeText(`${root}/full/file`, "x");
  const none = `${root}/none`;
  const cases: readonly (readonly [FsErrorReason, string, () => Promise<unknown>])[] = [
    ["notFound", none, () => fs.read(none)],
    ["notFound", none, () => fs.list(none)],
    ["notFound", none, () => fs.stat(none)],
    ["notFound", none, () => fs.remove(none)],
    ["notFound", none, () => fs.copy(none, `${root}/x`)],
    ["notFound", `${none}/x`, () => fs.writeText(`${none}/x`, "")],
    ["notFound", `${none}/x`, () => fs.mkdir(`${none}/x`)],
    ["isDirectory", root, () => fs.read(root)],
    ["isDirectory", root, () => fs.copy(root, none)],
    ["isDirectory", root, () => fs.writeText(root, "")],
    ["notDirectory", `${root}/full/file`, () => fs.list(`${root}/full/file`)],
    ["alreadyExists", `${root}/full`, () => fs.mkdir(`${root}/full`)],
    ["notEmpty", `${root}/full`, () => fs.remove(`${root}/full`)],
    ["other", root, () => fs.copy(root, `${root}/full/in`, { recursive: true })],
  ];
  for (const [reason, path, attempt] of cases) {
    const error = await reasonOf(attempt());
    assertInstanceOf(error, FsError);
    assertEquals([error.reason, error.path, error.code], [reason, path, "fs_failed"]);
    assertMatch(error.method, /^fs\//);
  }
  await assertRejects(() => fs.read(none), FsError, `(os error 2): "${none}"`);
});

test("FsWatch yields changes, merges them, and ends with its loop", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, scripted } = session;
  const root = scripted.home.workspace;
  const watch = await codex.fs.watch(root);
  assertEquals(watch.path, root);
  await codex.fs.writeText(`${root}/one`, "1");
  const seen = new Set<string>();
  for await (const { paths } of watch) {
    for (const path of paths) seen.add(path);
    if (seen.has(`${root}/one`) && !seen.has(`${root}/two`)) {
      await codex.fs.writeText(`${root}/two`, "2");
    }
    if (seen.has(`${root}/two`)) break;
  }
  assertEquals([...seen].sort(), [`${root}/one`, `${root}/two`]);
  assertEquals(await watch.next(), { value: undefined, done: true });
  await watch[Symbol.asyncDispose]();
});

test("FsWatch sees a file that does not exist yet, and ends with its signal", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, scripted } = session;
  const path = `${scripted.home.workspace}/later`;
  const controller = new AbortController();
  await using watch = await codex.fs.watch(path, { signal: controller.signal });
  const next = watch.next();
  await codex.fs.writeText(path, "x");
  assertEquals((await next).value, { paths: [path] });
  const reason = new Error("enough");
  const last = watch.next();
  controller.abort(reason);
  assertStrictEquals(await reasonOf(last), reason);
});

test("FsWatch ends with the client, without an error", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, scripted } = session;
  const watch = await codex.fs.watch(scripted.home.workspace);
  const next = watch.next();
  await codex.close();
  assertEquals(await next, { value: undefined, done: true });
});
