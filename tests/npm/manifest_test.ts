import { npmManifest } from "../../scripts/_npm/package.ts";
import { assertEquals, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const config = {
  name: "@some/sdk",
  version: "1.2.3-beta.4",
  license: "MIT",
  exports: { ".": "./mod.ts", "./transports/node": "./transports/node.ts" },
};

test("npmManifest reads name, version, license and entry points from the configuration", () => {
  const manifest = npmManifest(config, "1.2.0");
  assertEquals([manifest.name, manifest.version, manifest.license], [
    "@some/sdk",
    "1.2.3-beta.4",
    "MIT",
  ]);
  assertEquals(manifest.exports, {
    ".": { types: "./esm/mod.d.ts", default: "./esm/mod.js" },
    "./transports/node": {
      types: "./esm/transports/node.d.ts",
      default: "./esm/transports/node.js",
    },
  });
  assertEquals(manifest.types, "./esm/mod.d.ts");
  assertEquals([manifest.type, manifest.sideEffects], ["module", false]);
});

test("npmManifest names each entry point for compilers that do not read exports", () => {
  assertEquals(npmManifest(config, "1.2.0").typesVersions, {
    "*": { "transports/node": ["./esm/transports/node.d.ts"] },
  });
});

test("npmManifest excludes code that starts processes or opens sockets from browser bundles", () => {
  assertEquals(npmManifest(config, "1.2.0").browser, {
    "./esm/transports/bun.js": false,
    "./esm/transports/deno.js": false,
    "./esm/transports/node.js": false,
    "./esm/transports/node_sockets.js": false,
  });
});

test("npmManifest lists types before default, as compilers use the first matching condition", () => {
  for (const files of Object.values(npmManifest(config, "1.2.0").exports)) {
    assertEquals(Object.keys(files), ["types", "default"]);
  }
});

test("npmManifest depends on exactly one version of Codex", () => {
  assertEquals(npmManifest(config, "1.2.0").dependencies, { "@openai/codex": "1.2.0" });
});

test("npmManifest asks for no peer that a program can do without", () => {
  const { peerDependencies, peerDependenciesMeta } = npmManifest(config, "1.2.0");
  assertEquals(Object.keys(peerDependencies ?? {}), [
    "@ai-sdk/provider",
    "ai",
    "bullmq",
    "ioredis",
    "pg",
  ]);
  for (const name of Object.keys(peerDependencies ?? {})) {
    assertEquals((peerDependenciesMeta as Record<string, unknown>)[name], { optional: true });
  }
});

test("npmManifest rejects a configuration without a main module, and an entry point that is not a .ts file", () => {
  assertThrows(() => npmManifest({ ...config, exports: {} }, "1.2.0"), TypeError, `no export "."`);
  const exports = { ".": "./mod.js" };
  assertThrows(() => npmManifest({ ...config, exports }, "1.2.0"), TypeError, "./mod.js");
});
