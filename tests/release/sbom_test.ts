import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../scripts/_lib/project.ts";
import { checksumLines } from "../../scripts/_release/checksums.ts";
import { billOfMaterials, type LockedPackage } from "../../scripts/_release/sbom.ts";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const lock = readFileSync(join(projectRoot, "package-lock.json"), "utf8");
const locked = (JSON.parse(lock) as { packages: Record<string, LockedPackage> }).packages;
const options = {
  manifest: {
    name: "@codex-app-server/sdk",
    version: "0.169.0-rc.1",
    description: "It.",
    license: "Apache-2.0",
    dependencies: { "@openai/codex": RUNTIME_VERSION },
  },
  sha256: "0123456789abcdef".repeat(4),
  locked,
  date: "2026-11-20",
};

test("billOfMaterials names the SDK, the runtime and its platforms, with their hashes", () => {
  const bill = JSON.parse(billOfMaterials(options));
  const sdk = "pkg:npm/%40codex-app-server/sdk@0.169.0-rc.1";
  const codex = `pkg:npm/%40openai/codex@${RUNTIME_VERSION}`;
  const platforms = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-arm64"]
    .concat("win32-x64").map((platform) => `${codex}-${platform}`);
  assertEquals([bill.bomFormat, bill.specVersion, bill.metadata.component.purl], [
    "CycloneDX",
    "1.6",
    sdk,
  ]);
  assertMatch(
    bill.serialNumber,
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  const components = bill.components as {
    purl: string;
    scope?: string;
    hashes: { alg: string; content: string }[];
  }[];
  assertEquals(components.map(({ purl }) => purl), [codex, ...platforms]);
  assertEquals(components.map(({ scope }) => scope), [
    undefined,
    ...platforms.map(() => "optional"),
  ]);
  for (const { hashes } of components) assertMatch(hashes[0]?.content ?? "", /^[0-9a-f]{128}$/);
  const dependsOn = new Map<string, string[]>(
    bill.dependencies.map(({ ref, dependsOn }: { ref: string; dependsOn?: string[] }) => [
      ref,
      dependsOn,
    ]),
  );
  assertEquals([dependsOn.get(sdk), dependsOn.get(codex)], [[codex], platforms]);
});

test("billOfMaterials depends only on the archive", () => {
  assertEquals(billOfMaterials(options), billOfMaterials(options));
  assert(billOfMaterials({ ...options, sha256: "f".repeat(64) }) !== billOfMaterials(options));
});

test("billOfMaterials refuses a dependency locked at another version", () => {
  const manifest = { ...options.manifest, dependencies: { "@openai/codex": "0.1.0" } };
  assertThrows(() => billOfMaterials({ ...options, manifest }), TypeError, "not 0.1.0");
});

test("checksumLines writes a format that sha256sum reads", () => {
  const folder = mkdtempSync(join(tmpdir(), "checksums-"));
  try {
    const paths = ["b.tgz", "a.json"].map((name) => join(folder, name));
    for (const path of paths) writeFileSync(path, "abc");
    const sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assertEquals(checksumLines(paths), `${sum}  a.json\n${sum}  b.tgz\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
