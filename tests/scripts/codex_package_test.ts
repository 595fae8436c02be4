import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { cacheFolders, fetchCodex } from "../../scripts/_lib/codex_package.ts";
import { packageCandidates, packageFolder } from "../../src/process/runtime_package.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const { platform, arch } = process;

test("fetchCodex downloads a version once, and keeps nothing else", async () => {
  await withCache(async (cache) => {
    const specs: string[] = [];
    const install = (folder: string, spec: string): Promise<void> => {
      specs.push(spec);
      return Promise.resolve(write(folder, spec));
    };
    const binary = await fetchCodex("0.1.2-alpha.3", { cache, install });
    assertEquals(await fetchCodex("0.1.2-alpha.3", { cache, install }), binary);
    assertEquals(specs.length, 1);
    assertStringIncludes(specs[0] ?? "", "@openai/codex@0.1.2-alpha.3-");
    assertEquals(readFileSync(binary, "utf8"), specs[0]);
    assertEquals(readdirSync(cache).length, 1);
  });
});

test("concurrent fetchCodex calls for one version all get the same complete package", async () => {
  await withCache(async (cache) => {
    const waiting: (() => void)[] = [];
    const install = async (folder: string, spec: string): Promise<void> => {
      await new Promise<void>((resolve) => {
        if (waiting.push(resolve) === 2) { for (const go of waiting) go(); }
      });
      write(folder, spec);
    };
    const [one, other] = await Promise.all([
      fetchCodex("0.1.2", { cache, install }),
      fetchCodex("0.1.2", { cache, install }),
    ]);
    assertEquals(one, other);
    assertEquals(readdirSync(cache).length, 1);
  });
});

test("fetchCodex keeps nothing of a package that failed or has no executable", async () => {
  await withCache(async (cache) => {
    const fail = (folder: string): Promise<void> => {
      writeFileSync(join(folder, "half"), "");
      return Promise.reject(new Error("no such version"));
    };
    await assertRejects(
      () => fetchCodex("0.1.2", { cache, install: fail }),
      Error,
      "no such version",
    );
    const empty = (): Promise<void> => Promise.resolve();
    await assertRejects(
      () => fetchCodex("0.1.2", { cache, install: empty }),
      Error,
      "Cannot find an executable",
    );
    assertEquals(readdirSync(cache), []);
  });
});

test("fetchCodex rejects what is not a version", async () => {
  await withCache(async (cache) => {
    for (const version of ["latest", "../0.1.2", "0.1.2 --global"]) {
      await assertRejects(() => fetchCodex(version, { cache }), TypeError, "Cannot read");
    }
  });
});

test("cacheFolders lists the user's cache first, then the temporary files", () => {
  const first = (system: string, env: Record<string, string>): string | undefined =>
    cacheFolders(system, env, "/home")[0];
  const own = "codex-app-server-sdk";
  assertEquals(first("linux", { XDG_CACHE_HOME: "/cache" }), join("/cache", own));
  assertEquals(first("linux", { LOCALAPPDATA: "/local" }), join("/home/.cache", own));
  assertEquals(first("darwin", {}), join("/home/Library/Caches", own));
  assertEquals(first("win32", { LOCALAPPDATA: "/local" }), join("/local", own));
  assertEquals(dirname(cacheFolders("linux", {}, "/home")[1] ?? ""), tmpdir());
});

/** Writes a package whose executable contains `text`. */
function write(folder: string, text: string): void {
  const installed = packageFolder(platform, folder, "@openai/codex");
  const binary = packageCandidates(platform, arch, installed, "@openai/codex")?.at(-1) ?? "";
  mkdirSync(dirname(binary), { recursive: true });
  writeFileSync(binary, text);
}

async function withCache(use: (cache: string) => Promise<void>): Promise<void> {
  const cache = mkdtempSync(join(tmpdir(), "codex-cache-"));
  try {
    await use(cache);
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}
