import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Codex, PROTOCOL_VERSION } from "../../mod.ts";
import { projectRoot } from "../../scripts/_lib/project.ts";
import { releaseVersion } from "../../scripts/_lib/release_version.ts";
import { versionFault } from "../../scripts/_release/version_policy.ts";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { SDK_VERSION } from "../../src/util/sdk_version.ts";
import { FakeAppServer } from "../../testing.ts";
import { assertEquals, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

function read(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(projectRoot, file), "utf8")) as Record<string, unknown>;
}

const { version } = read("deno.json");

test("the runtime that is pinned, installed, looked for and spoken with is one", () => {
  const { dependencies } = read("package.json") as { dependencies: Record<string, string> };
  const installed = read("node_modules/@openai/codex/package.json")["version"];
  assertEquals(
    [dependencies["@openai/codex"], installed, PROTOCOL_VERSION],
    [RUNTIME_VERSION, RUNTIME_VERSION, RUNTIME_VERSION],
  );
});

test("the package has a version that belongs to its runtime", () => {
  const claim = { version: String(version), runtime: RUNTIME_VERSION, released: [] };
  assertEquals([SDK_VERSION, versionFault(claim)], [version, undefined]);
});

test("the client tells the version of the package", async () => {
  const server = new FakeAppServer();
  await using codex = new Codex({ connect: server.connect });
  await codex.connect();
  const initialize = await server.nextRequest("initialize");
  const { clientInfo } = initialize.params as { clientInfo: { version: string } };
  assertEquals([initialize.method, clientInfo.version], ["initialize", version]);
});

test("releaseVersion reads the version in the names of releases, and refuses others", () => {
  const names = {
    "rust-v0.116.0-alpha.1": "0.116.0-alpha.1",
    "rust-v0.169.0": "0.169.0",
    "v1.2.3": "1.2.3",
    "1.2.3-beta.10": "1.2.3-beta.10",
    "codex-cli 0.169.0\n": "0.169.0",
  };
  for (const [name, expected] of Object.entries(names)) {
    assertEquals(releaseVersion(name), expected);
  }
  for (
    const name of ["", "latest", "rust-0.1", "v1.2", "1.2.3.4", "1.2.3-", "go-v1.2.3", "1.2.3 x"]
  ) {
    assertThrows(() => releaseVersion(name), TypeError, "Cannot read the version");
  }
});
