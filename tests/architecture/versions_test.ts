import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Codex } from "../../mod.ts";
import { PROTOCOL_VERSION } from "../../protocol.ts";
import { findNativeBinary } from "../../scripts/_generate/run_upstream.ts";
import { projectRoot } from "../../scripts/_lib/project.ts";
import { releaseVersion } from "../../scripts/_lib/release_version.ts";
import { billOfMaterials } from "../../scripts/_release/artifacts.ts";
import { codexVersionFaults, pinOf, versionFault } from "../../scripts/_release/versions.ts";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { SDK_VERSION } from "../../src/util/sdk_version.ts";
import { FakeAppServer } from "../../testing.ts";
import { assert, assertEquals, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

function read(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(projectRoot, file), "utf8")) as Record<string, unknown>;
}

const { version } = read("deno.json");

const tree = {
  read: (file: string): string => readFileSync(join(projectRoot, file), "utf8"),
  binary: releaseVersion(execFileSync(findNativeBinary(), ["--version"], { encoding: "utf8" })),
};

test("the pinned, locked, installed, searched and supported Codex versions are the same [R-71]", () => {
  assertEquals(codexVersionFaults(tree), []);
  assertEquals([RUNTIME_VERSION, PROTOCOL_VERSION], [pinOf(tree), pinOf(tree)]);
});

test("the page on runtime packages has commands for that Codex version", () => {
  const commands = tree.read("docs/runtime-packages.md");
  const versions = [...commands.matchAll(/-version=(?:rust-v)?(\d[\w.-]*)/g)].map(([, found]) =>
    found
  );
  assertEquals([versions.length > 1, ...new Set(versions)], [true, RUNTIME_VERSION]);
});

test("the bill of materials contains only that Codex version", async () => {
  const { name, license } = read("deno.json") as { name: string; license: string };
  const dependencies = { "@openai/codex": RUNTIME_VERSION };
  const manifest = { name, license, version: SDK_VERSION, dependencies };
  const sha256 = "0".repeat(64);
  const bill = await billOfMaterials({ manifest, sha256, date: "2026-01-01" });
  const { components } = JSON.parse(bill) as { components: { version: string }[] };
  const versions = components.map(({ version }) =>
    version.replace(/-(?:linux|darwin|win32)-.*/, "")
  );
  assertEquals([versions.length > 1, ...new Set(versions)], [true, RUNTIME_VERSION]);
});

test("codexVersionFaults names each place with another Codex version than the pinned one", () => {
  const other = "9.9.9";
  const version = pinOf(tree);
  const changed: readonly (readonly [file: string, from: string, to: string, place: string])[] = [
    ["src/generated/version.ts", version, other, "src/generated/version.ts"],
    ["src/process/runtime_version.ts", version, other, "src/process/runtime_version.ts"],
    [
      "node_modules/@openai/codex/package.json",
      `"version": "${version}"`,
      `"version": "${other}"`,
      "the installed @openai/codex",
    ],
    [
      "package-lock.json",
      `"version": "${version}-darwin-arm64"`,
      `"version": "${other}-darwin-arm64"`,
      "@openai/codex-darwin-arm64 in package-lock.json",
    ],
  ];
  for (const [file, from, to, place] of changed) {
    const faults = codexVersionFaults({
      ...tree,
      read: (name) => name === file ? tree.read(name).replace(from, to) : tree.read(name),
    });
    assertEquals(faults, [`${place} is of Codex ${other}, not ${version}`], file);
  }
  assertEquals(codexVersionFaults({ ...tree, binary: other }), [
    `the installed binary is of Codex ${other}, not ${version}`,
  ]);
  // Only the pin is new: everything else is outdated.
  const pinned = codexVersionFaults({
    ...tree,
    read: (name) =>
      name === "package.json" ? tree.read(name).replaceAll(version, other) : tree.read(name),
  });
  assert(pinned.length >= 10, pinned.join("\n"));
  assert(pinned.every((fault) => fault.endsWith(`is of Codex ${version}, not ${other}`)));
});

test("the package has a version that belongs to its runtime", () => {
  const claim = { version: String(version), runtime: RUNTIME_VERSION, released: [] };
  assertEquals([SDK_VERSION, versionFault(claim)], [version, undefined]);
});

test("the client reports the version of the package", async () => {
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
