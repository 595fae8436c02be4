import { PROTOCOL_VERSION } from "../../src/generated/version.ts";
import { isOlder, isTestedVersion, metadataOf } from "../../src/protocol/metadata.ts";
import { FakeAppServer } from "../../testing.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { Opening } from "./_open.ts";

test("metadataOf reads the version after the client's name, whatever that is [R-72]", () => {
  const names = ["sdk", "my app", "a/b c", "x/1.2.3 (y)", "a/9.9.9 ", "1.0.0/2.0.0", "é☃", "/"];
  const versions = ["0.169.0", "0.170.0-alpha.3", "1.0.0", "0.169.0+build.5", "10.20.30-rc.1+x"];
  for (const name of names) {
    for (const version of versions) {
      const userAgent = `${name}/${version} (Debian 12.0.0; x86_64) xterm (${name}; 0.1.2)`;
      assertEquals(metadataOf({ userAgent }, name), {
        userAgent,
        version,
        codexHome: "",
        platformFamily: "",
        platformOs: "",
      });
    }
  }
});

test("metadataOf finds the version even if the server changed the client's name [R-72]", () => {
  assertEquals(metadataOf({ userAgent: "other/0.169.0 (x)" }, "sdk").version, "0.169.0");
  assertEquals(metadataOf({ userAgent: "a b/0.169.0" }, "sdk").version, "0.169.0");
});

test("metadataOf returns null if there is no version [R-72] [R-69]", () => {
  for (const userAgent of ["", "sdk", "sdk/", "sdk/1.2 (x)", "sdk/v1.2.3 (x)", "sdk/1.2.3x (y)"]) {
    assertEquals(metadataOf({ userAgent }, "sdk").version, null, userAgent);
  }
});

test("isTestedVersion only accepts the SDK's own version, however it was built [R-72]", () => {
  assert(isTestedVersion(PROTOCOL_VERSION));
  assert(isTestedVersion(`${PROTOCOL_VERSION}+build.5`));
  const [major = 0, minor = 0, patch = 0] = PROTOCOL_VERSION.split(".").map(Number);
  const others = [
    `${PROTOCOL_VERSION}-alpha.1`,
    `${major}.${minor - 1}.${patch}`,
    `${major}.${minor}.${patch + 7}`,
    `${major}.${minor + 1}.${patch}`,
    `${major + 1}.${minor}.${patch}`,
    "0.0.0",
  ];
  for (const version of [...others, "", null]) {
    assert(!isTestedVersion(version), `${version}`);
  }
});

test("ProtocolConnection.open reports an untested version, and continues [R-72]", async () => {
  await using server = new FakeAppServer({ userAgent: "test/0.999.0-alpha.2 (x) y" });
  server.on("model/list", () => ({ data: [] }));
  const opening = new Opening(server.connect);
  const connection = await opening.open();
  assertEquals(connection.metadata.version, "0.999.0-alpha.2");
  assertEquals(opening.diagnostics, [
    { kind: "untestedVersion", version: "0.999.0-alpha.2", tested: PROTOCOL_VERSION },
  ]);
  assertEquals(await connection.request("model/list", {}), { data: [] } as never);
  await connection.close();
});

test("isOlder compares releases numerically, and treats a pre-release as its release", () => {
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

test("isOlder considers neither a source build nor a version without numbers old", () => {
  for (const version of ["0.0.0", "0.0.0-dev", "of no number", ""]) {
    assertEquals(isOlder(version, "0.155.1"), false, version);
  }
});
