import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Codex } from "../../mod.ts";
import { PROTOCOL_VERSION } from "../../protocol.ts";
import { findNativeBinary, pinnedCodex } from "../../scripts/_generate/run_upstream.ts";
import { projectRoot } from "../../scripts/_lib/project.ts";
import { releaseVersion } from "../../scripts/_lib/release_version.ts";
import { versionFault } from "../../scripts/_release/versions.ts";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { SDK_VERSION } from "../../src/util/sdk_version.ts";
import { FakeAppServer } from "../../testing.ts";
import { assert, assertEquals, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

function read(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(projectRoot, file), "utf8")) as Record<string, unknown>;
}

const { version } = read("deno.json");

test("the pinned, locked, installed, searched and supported Codex versions are the same [R-71]", () => {
  const places = codexVersions();
  assert(Object.keys(places).length >= 13, Object.keys(places).join("\n"));
  const pin = pinnedCodex();
  assertEquals(Object.entries(places).filter(([, version]) => version !== pin), []);
});

/** Returns the version of Codex in each place that names one, beside the pin in `package.json`. */
function codexVersions(): Record<string, unknown> {
  interface Manifest {
    readonly version?: string;
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly optionalDependencies?: Readonly<Record<string, string>>;
  }
  const name = "@openai/codex";
  const { overrides } = read("package.json") as { overrides: Record<string, unknown> };
  const { packages } = read("package-lock.json") as { packages: Record<string, Manifest> };
  const locked = packages[`node_modules/${name}`];
  // A platform's package has its name as a suffix: 0.171.0-linux-x64.
  const platforms = Object.keys(locked?.optionalDependencies ?? {}).map((alias) => {
    const suffix = alias.slice(name.length);
    const { version = "none" } = packages[`node_modules/${alias}`] ?? {};
    return [alias, version.endsWith(suffix) ? version.slice(0, -suffix.length) : version];
  });
  const printed = execFileSync(findNativeBinary(), ["--version"], { encoding: "utf8" });
  return {
    RUNTIME_VERSION,
    PROTOCOL_VERSION,
    override: Object.values(overrides).map((one) => (one as Record<string, string>)[name])[0],
    root: packages[""]?.dependencies?.[name],
    locked: locked?.version,
    installed: read(`node_modules/${name}/package.json`)["version"],
    binary: releaseVersion(printed),
    ...Object.fromEntries(platforms),
  };
}

test("the page on runtime packages has commands for that Codex version", () => {
  const commands = readFileSync(join(projectRoot, "docs/runtime-packages.md"), "utf8");
  const versions = [...commands.matchAll(/-version=(?:rust-v)?(\d[\w.-]*)/g)].map(([, found]) =>
    found
  );
  assertEquals([versions.length > 1, ...new Set(versions)], [true, RUNTIME_VERSION]);
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
