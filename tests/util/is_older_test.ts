import { isOlder } from "../../src/util/is_older.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("isOlder compares releases by their numbers, and takes a pre-release for its release", () => {
  const versions = ["0.9.10", "0.155.1", "0.160.0", "0.160.1", "1.0.0"];
  for (const [index, version] of versions.entries()) {
    const older = versions.map((than) => isOlder(version, than));
    assertEquals(older, versions.map((_, other) => index < other), version);
  }
  assertEquals(isOlder("0.160.1-alpha.2", "0.160.1"), false);
  assertEquals(isOlder("0.160.1-alpha.2", "0.160.2"), true);
  assertEquals(isOlder("0.160.1+build.5", "0.161.0"), true);
  assertEquals([isOlder("0.103.9", "0.104"), isOlder("0.104.2", "0.104")], [true, false]);
});

test("isOlder calls neither a build from the sources old nor what has no numbers", () => {
  for (const version of ["0.0.0", "0.0.0-dev", "of no number", ""]) {
    assertEquals(isOlder(version, "0.155.1"), false, version);
  }
});
