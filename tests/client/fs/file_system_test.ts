/** Files over a fake server: params, refusals, errors. */
import { RequestTimeoutError } from "../../../mod.ts";
import { FsError, InternalRpcError, InvalidRequestError } from "../../../errors.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { fsFailure } from "../../../src/client/fs/fs_failure.ts";
import { reasonOf } from "../_fixture.ts";
import { openFs } from "./_fs_fixture.ts";

test("FileSystem sends every flag, because the server's defaults are those of rm -rf", async () => {
  await using fixture = await openFs();
  const { server, codex } = fixture;
  for (const method of ["createDirectory", "copy", "remove"]) server.on(`fs/${method}`, () => ({}));
  const { fs } = codex;
  await fs.mkdir("/a");
  await fs.mkdir("/a", { recursive: true });
  await fs.copy("/a", "/b");
  await fs.copy("/a", "/b", { recursive: true });
  await fs.remove("/a");
  await fs.remove("C:\\a", { recursive: true, force: true });
  const params = server.received.flatMap(({ method, params }) =>
    String(method).startsWith("fs/") ? [params] : []
  );
  assertEquals(params, [
    { path: "/a", recursive: false },
    { path: "/a", recursive: true },
    { sourcePath: "/a", destinationPath: "/b", recursive: false },
    { sourcePath: "/a", destinationPath: "/b", recursive: true },
    { path: "/a", recursive: false, force: false },
    { path: "C:\\a", recursive: true, force: true },
  ]);
});

test("FileSystem rejects invalid arguments and sends nothing", async () => {
  await using fixture = await openFs();
  const { server, codex } = fixture;
  const { fs } = codex;
  for (const path of ["", "a.txt", "./a", "~/a", "file:///a", "C:a", 5, undefined]) {
    const attempts = [
      () => fs.read(path as string),
      () => fs.writeText(path as string, ""),
      () => fs.list(path as string),
      () => fs.stat(path as string),
      () => fs.mkdir(path as string),
      () => fs.remove(path as string),
      () => fs.copy(path as string, "/b"),
      () => fs.copy("/a", path as string),
      () => fs.watch(path as string),
    ];
    for (const attempt of attempts) await assertRejects(attempt, TypeError, "must be absolute");
  }
  const url = new URL("file:///a.txt") as never; // accepted by the file functions of Deno, Bun and Node
  await assertRejects(() => fs.read(url), TypeError, "and a string, got a URL");
  await assertRejects(() => fs.stat("/a\0b"), TypeError, "must not contain NUL");
  await assertRejects(() => fs.copy("/a", "/a"), TypeError, "onto itself");
  await assertRejects(() => fs.write("/a", "text" as never), TypeError, "writeText");
  await assertRejects(() => fs.writeText("/a", new Uint8Array(1) as never), TypeError);
  await assertRejects(() => fs.remove("/a", { recursive: "yes" as never }), TypeError, "recursive");
  await assertRejects(() => fs.read("/a", "utf8" as never), TypeError, "options");
  const signal = AbortSignal.abort(new Error("mine"));
  assertStrictEquals(await reasonOf(fs.read("/a", { signal })), signal.reason);
  assertStrictEquals(await reasonOf(fs.watch("/a", { signal })), signal.reason);
  assertEquals(server.received.filter(({ method }) => String(method).startsWith("fs/")), []);
});

test("FileSystem applies the limits of a call", async () => {
  await using fixture = await openFs();
  fixture.server.on("fs/readFile", () => new Promise(() => {}));
  const { fs } = fixture.codex;
  await assertRejects(() => fs.read("/a", { timeoutMs: 10 }), RequestTimeoutError);
  const controller = new AbortController();
  const reading = fs.read("/a", { signal: controller.signal });
  controller.abort(new Error("mine"));
  assertStrictEquals(await reasonOf(reading), controller.signal.reason);
});

test("FileSystem.read rejects a reply without its data [R-70]", async () => {
  await using fixture = await openFs();
  fixture.server.on("fs/readFile", () => ({}));
  await assertRejects(() => fixture.codex.fs.read("/a"), InternalRpcError, "dataBase64");
});

test("fsFailure recognises the messages of Linux, macOS and Windows", () => {
  const reasonFor = (message: string): string => {
    const error = fsFailure(new InternalRpcError(message, { method: "m", rpcCode: -32603 }), "/p");
    assertInstanceOf(error, FsError);
    assertEquals([error.path, error.method, error.rpcCode], ["/p", "m", -32603]);
    return error.reason;
  };
  const cases: readonly (readonly [string, string])[] = [
    ["No such file or directory (os error 2)", "notFound"],
    ["The system cannot find the file specified. (os error 2)", "notFound"],
    ["The system cannot find the path specified. (os error 3)", "notFound"],
    ["Permission denied (os error 13)", "permissionDenied"],
    ["Operation not permitted (os error 1)", "permissionDenied"],
    ["Access is denied. (os error 5)", "permissionDenied"],
    ["File exists (os error 17)", "alreadyExists"],
    ["Cannot create a file when that file already exists. (os error 183)", "alreadyExists"],
    ["Is a directory (os error 21)", "isDirectory"],
    ["path `/p` is not a file", "isDirectory"],
    ["fs/copy requires recursive: true when sourcePath is a directory", "isDirectory"],
    ["Not a directory (os error 20)", "notDirectory"],
    ["The directory name is invalid. (os error 267)", "notDirectory"],
    ["Directory not empty (os error 39)", "notEmpty"],
    ["The directory is not empty. (os error 145)", "notEmpty"],
    ["Read-only file system (os error 30)", "readOnly"],
    ["No space left on device (os error 28)", "noSpace"],
    ["file is too large to read: limit is 536870912 bytes", "tooLarge"],
    ["fs/copy cannot copy a directory to itself or one of its descendants", "other"],
    ["Too many levels of symbolic links (os error 40)", "other"],
    ["Invalid request: AbsolutePathBuf deserialized without a base path", "other"],
  ];
  for (const [message, reason] of cases) assertEquals(reasonFor(message), reason, message);
});

test("fsFailure leaves errors that are not about files unchanged", () => {
  const error = new InvalidRequestError("Invalid request: unknown variant", {
    method: "fs/readFile",
    rpcCode: -32600,
  });
  assertStrictEquals(fsFailure(error, "/p"), error);
  const other = new TypeError("(os error 2)");
  assertStrictEquals(fsFailure(other, "/p"), other);
  assert(!(fsFailure(error, "/p") instanceof FsError));
});
