import {
  baseName,
  hasSeparator,
  isAbsolutePath,
  joinPath,
  parentPath,
  pathOfFileUrl,
  selfAndAncestors,
} from "../../src/process/paths.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("pathOfFileUrl returns the path in the platform's notation", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["linux", "file:///home/u/a%20b/", "/home/u/a b"],
    ["darwin", "file:///", "/"],
    ["linux", "file:///a/C:/b", "/a/C:/b"],
    ["win32", "file:///C:/Users/u/a%20b/sdk/", "C:\\Users\\u\\a b\\sdk"],
    ["win32", "file:///d:/", "d:\\"],
    ["win32", "file://server/share/sdk/", "\\\\server\\share\\sdk"],
  ];
  for (const [platform, url, path] of cases) {
    assertEquals(pathOfFileUrl(platform, new URL(url)), path);
  }
});

test("selfAndAncestors ends at the root of the platform, of a drive or of a share", () => {
  assertEquals(selfAndAncestors("linux", "/a/b/"), ["/a/b/", "/a", "/"]);
  assertEquals(selfAndAncestors("win32", "C:\\a\\b"), ["C:\\a\\b", "C:\\a", "C:\\"]);
  assertEquals(selfAndAncestors("win32", "C:/a/b"), ["C:/a/b", "C:/a", "C:/"]);
  const share = "\\\\server\\share";
  assertEquals(selfAndAncestors("win32", `${share}\\a`), [`${share}\\a`, share]);
  assertEquals(selfAndAncestors("win32", "\\\\?\\C:\\a"), ["\\\\?\\C:\\a", "\\\\?\\C:"]);
});

test("isAbsolutePath and hasSeparator know the separators of the platform", () => {
  const absolute = ["C:\\a", "c:/a", "\\\\server\\share", "//server/share"];
  for (const path of absolute) assertEquals(isAbsolutePath("win32", path), true, path);
  for (const path of ["a\\b", "C:a", "codex.exe"]) {
    assertEquals(isAbsolutePath("win32", path), false, path);
  }
  assertEquals(isAbsolutePath("linux", "C:\\a"), false);
  assertEquals([hasSeparator("win32", "a\\b"), hasSeparator("win32", "a/b")], [true, true]);
  assertEquals([hasSeparator("linux", "a\\b"), hasSeparator("linux", "a/b")], [false, true]);
});

test("joinPath, parentPath and baseName are consistent on each platform", () => {
  for (const [platform, root] of [["linux", "/"], ["win32", "C:\\"]] as const) {
    const path = joinPath(platform, root, "node_modules", "@openai", "codex");
    assertEquals(baseName(platform, path), "codex");
    assertEquals(parentPath(platform, joinPath(platform, root, "a")), root);
    assertEquals(parentPath(platform, root), undefined);
    assertEquals(joinPath(platform, parentPath(platform, path) ?? "", "codex"), path);
  }
  assertEquals(baseName("linux", "/a/b\\c"), "b\\c");
});
