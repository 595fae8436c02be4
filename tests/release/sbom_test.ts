import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { billOfMaterials, checksumLines } from "../../scripts/_release/artifacts.ts";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const options = {
  manifest: {
    name: "@codex-app-server/sdk",
    version: "0.169.0-rc.1",
    license: "Apache-2.0",
    dependencies: { "@openai/codex": RUNTIME_VERSION },
  },
  sha256: "0123456789abcdef".repeat(4),
  date: "2026-11-20",
};

test("billOfMaterials names the SDK, the runtime and its platforms, with their hashes", async () => {
  const bill = JSON.parse(await billOfMaterials(options));
  const sdk = "pkg:npm/%40codex-app-server/sdk@0.169.0-rc.1";
  const codex = `pkg:npm/%40openai/codex@${RUNTIME_VERSION}`;
  const platforms = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-arm64"]
    .concat("win32-x64").map((platform) => `${codex}-${platform}`);
  assertEquals([bill.bomFormat, bill.specVersion, bill.metadata.component.purl], [
    "CycloneDX",
    "1.5",
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
    "required",
    ...platforms.map(() => "optional"),
  ]);
  for (const { hashes } of components) assertMatch(hashes[0]?.content ?? "", /^[0-9a-f]{128}$/);
  const dependsOn = new Map<string, string[]>(
    bill.dependencies.map(({ ref, dependsOn }: { ref: string; dependsOn?: string[] }) => [
      ref,
      dependsOn,
    ]),
  );
  const refs = (purls: readonly string[]): string[] =>
    purls.map((purl) => purl.replace("pkg:npm/%40", "@"));
  const [ref = "", codexRef = ""] = refs([sdk, codex]);
  assertEquals([dependsOn.get(ref), dependsOn.get(codexRef)], [[codexRef], refs(platforms)]);
});

test("billOfMaterials depends only on the archive", async () => {
  const bill = await billOfMaterials(options);
  assertEquals(await billOfMaterials(options), bill);
  assert(await billOfMaterials({ ...options, sha256: "f".repeat(64) }) !== bill);
});

test("billOfMaterials refuses a dependency locked at another version", async () => {
  const manifest = { ...options.manifest, dependencies: { "@openai/codex": "0.1.0" } };
  await assertRejects(() => billOfMaterials({ ...options, manifest }), Error, "not 0.1.0");
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
