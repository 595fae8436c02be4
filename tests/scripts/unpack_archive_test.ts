import { existsSync, readFileSync, statSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Buffer } from "node:buffer";
import process from "node:process";
import { gunzipSync, gzipSync } from "node:zlib";
import { filesUnder } from "../../scripts/_lib/project.ts";
import { type ArchiveLimits, unpackArchive } from "../../scripts/_stage/archive.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { type Packed, writeArchive } from "./_archives.ts";
import { withFolder } from "./_executables.ts";

const FORMATS = ["x.tar.gz", "x.tgz", "x.zip"];
const BOTH = ["x.tar.gz", "x.zip"];

async function unpacked(
  name: string,
  entries: readonly Packed[],
  check: (folder: string) => void,
): Promise<void> {
  await withFolder(async (folder) => {
    const archive = await writeArchive(join(folder, name), entries);
    await unpackArchive(archive, join(folder, "out"));
    check(join(folder, "out"));
  });
}

/** Returns the message of the error, which names the archive and leaves nothing beside the folder. */
async function refusal(
  name: string,
  entries: readonly Packed[],
  { limits, change = (bytes) => bytes }: {
    readonly limits?: ArchiveLimits;
    readonly change?: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array;
  } = {},
): Promise<string> {
  let message = "";
  await withFolder(async (folder) => {
    const archive = await writeArchive(join(folder, "in", name), entries);
    await writeFile(archive, change(new Uint8Array(await readFile(archive))));
    const out = join(folder, "deep", "out");
    const error = await assertRejects(() => unpackArchive(archive, out, limits), Error);
    assertStringIncludes(error.message, `"${archive}"`);
    message = error.message;
    assertEquals((await readdir(folder)).filter((one) => one !== "deep"), ["in"]);
    if (existsSync(join(folder, "deep"))) {
      assertEquals(await readdir(join(folder, "deep")), ["out"]);
    }
  });
  return message;
}

function file(path: string, content: string | Uint8Array = path): Packed {
  return { path, content };
}

function link(path: string, target: string, kind: "symlink" | "link" = "symlink"): Packed {
  return { path, content: target, kind };
}

test("unpackArchive writes the files of each format, with their executable bits", async () => {
  const long = `${"folder/".repeat(30)}name`;
  const big = new Uint8Array(300_000).map((_, at) => (at * at) % 251);
  for (const name of FORMATS) {
    const entries: Packed[] = [
      { path: "./", kind: "directory" },
      { path: "bin/", kind: "directory", mode: 0o755 },
      { path: "bin/codex", content: big, mode: 0o755 },
      { path: "empty/", kind: "directory" },
      { path: "./readme", content: "", mode: 0o600 },
      file(long),
    ];
    await unpacked(name, entries, (folder) => {
      assertEquals(filesUnder(".", "", folder), ["bin/codex", long, "readme"]);
      assertEquals(new Uint8Array(readFileSync(join(folder, "bin/codex"))), big);
      assert(statSync(join(folder, "empty")).isDirectory());
      if (process.platform === "win32") return;
      assertEquals(statSync(join(folder, "bin/codex")).mode & 0o777, 0o755);
      assertEquals(statSync(join(folder, "readme")).mode & 0o777, 0o644);
    });
  }
});

test("unpackArchive rejects an entry whose path is not a plain relative one", async () => {
  const paths = [
    "../x",
    "/x",
    "a/../../x",
    "a/../x",
    "C:/x",
    "C:x",
    "..\\x",
    "a\\..\\..\\x",
    "a:b",
  ];
  for (const name of BOTH) {
    for (const path of paths) {
      const message = await refusal(name, [file("first"), file(path, "evil")]);
      assertStringIncludes(message, `${JSON.stringify(path)} is not a plain relative one`);
    }
  }
});

test("unpackArchive copies the target of a link inside the archive", async () => {
  const entries = [
    link("later", "lib/a.so"),
    { ...file("lib/v1/a.so"), mode: 0o755 },
    link("lib/current", "v1"),
    link("lib/a.so", "current/a.so"),
  ];
  const expected = ["later", "lib/a.so", "lib/current/a.so", "lib/v1/a.so"];
  for (const name of BOTH) {
    const hard = name === "x.zip" ? [] : [link("hard", "lib/v1/a.so", "link")];
    await unpacked(name, [...entries, ...hard], (folder) => {
      assertEquals(filesUnder(".", "", folder), [...hard.map(({ path }) => path), ...expected]);
      for (const path of filesUnder(".", "", folder)) {
        assertEquals(readFileSync(join(folder, path), "utf8"), "lib/v1/a.so");
      }
      if (process.platform === "win32") return;
      assertEquals(statSync(join(folder, "later")).mode & 0o777, 0o755);
    });
  }
});

test("unpackArchive rejects links that leave the archive, form a cycle or are broken", async () => {
  const cases: readonly (readonly [Packed[], string])[] = [
    [[link("a", "../secret")], "leads out of the archive"],
    [[link("a/b", "../../secret")], "leads out of the archive"],
    [[link("a", "/etc/passwd")], "leads out of the archive"],
    [[link("a", "C:\\secret")], "leads out of the archive"],
    [[link("a", "b"), link("b", "a")], "leads back to itself"],
    [[link("a/b", "../a")], "leads back to itself"],
    [[link("a", ".")], "leads back to itself"],
    [[link("a", "b")], `points to "b", which it does not have`],
    [[file("d/x"), link("a", "d"), file("a/y")], `more than one entry for "a"`],
  ];
  for (const name of BOTH) {
    for (const [entries, message] of cases) {
      assertStringIncludes(await refusal(name, entries), message);
    }
  }
  const hard = await refusal("x.tgz", [link("a/b", "../secret", "link")]);
  assertStringIncludes(hard, "leads out of the archive");
});

test("unpackArchive rejects entries other than files, folders and links", async () => {
  const message = await refusal("x.tgz", [{ path: "pipe", kind: "fifo" }]);
  assertStringIncludes(message, `"pipe" is neither a file, a folder nor a link`);
});

test("unpackArchive rejects two entries for one path, on any system", async () => {
  const cases = [["a", "A"], ["a", "a/b"], ["a/b", "a"], ["x/b", "X/B"], ["\u00e9", "e\u0301"]];
  for (const name of BOTH) {
    for (const [first = "", second = ""] of cases) {
      const message = await refusal(name, [file(first), file(second)]);
      assertStringIncludes(message, "more than one entry for");
    }
  }
  assertStringIncludes(
    await refusal("x.tgz", [file("a"), file("a")]),
    `more than one entry for "a"`,
  );
  // The library refuses to write such a .zip: both names are made equal afterwards.
  await refusal("x.zip", [file("name-1"), file("name-2")], {
    change: (bytes) => replaced(bytes, "name-2", "name-1"),
  });
});

test("unpackArchive rejects an archive over its size limit, whatever size it states", async () => {
  const limits = { bytes: 100_000, entries: 5 };
  const zeros = new Uint8Array(60_000);
  for (const name of BOTH) {
    const large = await refusal(name, [file("a", zeros), file("b", zeros)], { limits });
    assertStringIncludes(large, "more than 100000 bytes unpacked");
    const linked = await refusal(name, [file("a", zeros), link("b", "a")], { limits });
    assertStringIncludes(linked, "more than 100000 bytes unpacked");
    const many = await refusal(name, [..."abcdef"].map((path) => file(path)), { limits });
    assertStringIncludes(many, "more than 5 entries");
    const copies = [file("d/a"), file("d/b"), link("e", "d")];
    assertStringIncludes(await refusal(name, copies, { limits }), "more than 5 entries");
  }
  const folders = Array.from({ length: 10_001 }, (): Packed => ({ path: "a/", kind: "directory" }));
  assertStringIncludes(await refusal("x.tgz", folders), "more than 10000 entries");
  const stated = (bytes: Uint8Array): Uint8Array =>
    gzipSync(withSize(gunzipSync(bytes), 5 * 2 ** 30));
  const huge = await refusal("x.tgz", [file("a")], { change: stated });
  assertStringIncludes(huge, `more than ${4 * 2 ** 30} bytes unpacked`);
  // A .zip that claims to hold 10 bytes.
  const size = new Uint8Array(new Uint32Array([zeros.length]).buffer);
  const lie = new Uint8Array(new Uint32Array([10]).buffer);
  await refusal("x.zip", [file("a", zeros)], { change: (bytes) => replaced(bytes, size, lie) });
});

test("unpackArchive rejects damaged and unreadable archives", async () => {
  const entries = [file("a", new Uint8Array(200_000).map((_, at) => (at * at) % 251)), file("b")];
  for (const name of BOTH) {
    for (const part of [0, 0.3, 0.9]) {
      const change = (bytes: Uint8Array): Uint8Array => bytes.slice(0, bytes.length * part);
      assertStringIncludes(await refusal(name, entries, { change }), "Cannot unpack");
    }
    const change = (bytes: Uint8Array): Uint8Array => {
      bytes[Math.floor(bytes.length / 2)]! ^= 0xff;
      return bytes;
    };
    assertStringIncludes(await refusal(name, entries, { change }), "Cannot unpack");
  }
  const inside: readonly ((tar: Uint8Array) => Uint8Array)[] = [
    () => new Uint8Array(2048).fill(97),
    (tar) => tar.slice(0, 1000),
    (tar) => tar.slice(0, 100_000),
    // A letter of a name, which the checksum of the header covers.
    (tar) => tar.fill(98, 0, 1),
  ];
  for (const damage of inside) {
    const change = (bytes: Uint8Array): Uint8Array => gzipSync(damage(gunzipSync(bytes)));
    assertStringIncludes(await refusal("x.tgz", entries, { change }), "Cannot unpack");
  }
  for (const name of ["x.tar", "x.tar.zst", "codex.zst", "x.gz", "x.tar.xz", "x.7z", "X.DMG"]) {
    assertStringIncludes(await refusal(name, []), "give a .tar.gz, .tgz or .zip");
  }
});

/** An archive whose first header states a different size. */
function withSize(tar: Buffer, size: number): Buffer {
  tar.write(size.toString(8).padStart(11, "0"), 124);
  tar.fill(" ", 148, 156);
  const sum = tar.subarray(0, 512).reduce((one, other) => one + other);
  tar.write(sum.toString(8).padStart(6, "0"), 148);
  return tar;
}

/** Replaces each occurrence of one text in the bytes with another one of the same length. */
function replaced(
  bytes: Uint8Array,
  from: string | Uint8Array,
  to: string | Uint8Array,
): Uint8Array {
  const latin = (value: string | Uint8Array): string =>
    typeof value === "string" ? value : Buffer.from(value).toString("latin1");
  return Buffer.from(latin(bytes).replaceAll(latin(from), latin(to)), "latin1");
}
