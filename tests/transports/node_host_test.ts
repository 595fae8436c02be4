import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { resolvedPackage } from "../../transports/node_host.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const platform = `${process.platform}-${process.arch}`;

/** Installs packages as pnpm does: each is only visible to the package that depends on it. */
function withStore(use: (folder: string, from: string) => void): void {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "resolution-")));
  try {
    const install = (path: string): string => {
      mkdirSync(join(folder, path), { recursive: true });
      writeFileSync(join(folder, path, "package.json"), "{}");
      return join(folder, path);
    };
    const link = (path: string, target: string): void => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      symlinkSync(target, join(folder, path), "junction");
    };
    install("sdk");
    link("sdk/node_modules/@acme/codex", install("codex/node_modules/@acme/codex"));
    link(`codex/node_modules/@acme/codex-${platform}`, install("native"));
    link("sdk/node_modules/plain", install("plain"));
    use(folder, pathToFileURL(join(folder, "sdk/esm/node.js")).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("resolvedPackage finds the platform's package, which only its parent package can see", () => {
  withStore((folder, from) => {
    assertEquals(resolvedPackage("@acme/codex@1.2.3", from), join(folder, "native"));
  });
});

test("resolvedPackage returns the package itself if it has none for a platform", () => {
  withStore((folder, from) => {
    assertEquals(resolvedPackage("plain@1.2.3", from), join(folder, "plain"));
  });
});

test("resolvedPackage finds nothing that is not a dependency", () => {
  withStore((_, from) => {
    assertEquals(resolvedPackage("@acme/other@1.2.3", from), undefined);
  });
});
