/**
 * A Chromium for tests: that of `@sparticuz/chromium`, which starts without a display and on machines without its
 * libraries' packages, or else the machine's own.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import packaged from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";
import { root, until } from "../process/_current.ts";
import { withVariables } from "./surroundings.ts";

/** An executable that starts, with its environment; or why there is none. */
export type FoundChromium =
  | { readonly path: string; readonly env: Readonly<Record<string, string>> }
  | { readonly reason: string };

/** Milliseconds for another process to unpack. */
const UNPACK_MS = 60_000;
const INSTALLED = ["chromium", "chromium-browser", "google-chrome"].map((name) =>
  `/usr/bin/${name}`
);
/** Without a sandbox of its own, which containers refuse; everything is drawn by the processor. */
const FLAGS = ["--no-sandbox", "--no-zygote", "--disable-gpu", "--disable-dev-shm-usage"];

/** Looks for a Chromium that starts here. */
export async function findChromium(): Promise<FoundChromium> {
  const reasons: string[] = [];
  for (
    const find of [
      unpacked,
      ...INSTALLED.map((path) => () => Promise.resolve({ path, env: {} })),
    ]
  ) {
    try {
      const found = await find();
      if (!existsSync(found.path)) continue;
      // It loads every library first.
      const env = { ...process.env, ...found.env } as Record<string, string>;
      await promisify(execFile)(found.path, ["--version"], { env, timeout: 60_000 });
      return found;
    } catch (error) {
      reasons.push(error instanceof Error ? error.message.replaceAll(/\s+/g, " ") : String(error));
    }
  }
  const why = reasons.join("; ").slice(0, 300) || "none is installed";
  return { reason: `no Chromium starts on this machine: ${why}` };
}

/** Starts it. `close()` ends it and removes everything that it has written. */
export async function launchChromium(
  { path, env }: Extract<FoundChromium, { path: string }>,
): Promise<{ readonly browser: Browser; close(): Promise<void> }> {
  // It leaves a folder of its own behind now and then.
  const folder = await mkdtemp(join(tmpdir(), "codex-web-"));
  const clean = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const browser = await chromium.launch({
      executablePath: path,
      args: FLAGS,
      env: { ...process.env, ...env, TMPDIR: folder } as Record<string, string>,
      timeout: 120_000,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    return {
      browser,
      close: async () => {
        await browser.close();
        await clean();
      },
    };
  } catch (error) {
    await clean();
    throw error;
  }
}

/** Unpacks the packaged one where all runs find it: that takes as long as a whole test. */
async function unpacked(): Promise<Extract<FoundChromium, { path: string }>> {
  const cache = join(root, "node_modules", ".cache");
  const about = await readFile(join(root, "node_modules/@sparticuz/chromium/package.json"), "utf8");
  const { version } = JSON.parse(about) as { readonly version: string };
  const folder = join(cache, `chromium-${version}`);
  if (!existsSync(folder)) {
    if (process.platform !== "linux") throw new Error("the packaged one is for Linux");
    await mkdir(cache, { recursive: true });
    // One process unpacks, the others wait; one that was killed makes way for the next.
    const isFirst = await mkdir(`${folder}.lock`).then(() => true, () => false);
    if (!isFirst) await until(() => existsSync(folder), UNPACK_MS).catch(() => {});
    if (!existsSync(folder)) await unpackInto(folder);
    await rm(`${folder}.lock`, { recursive: true, force: true });
  }
  // Its fonts serve a machine that has none.
  const fonts = join(folder, "fonts");
  const hasFonts = existsSync("/usr/share/fonts/truetype");
  return { path: join(folder, "chromium"), env: hasFonts ? {} : { FONTCONFIG_PATH: fonts } };
}

/** It unpacks among the temporary files. */
async function unpackInto(folder: string): Promise<void> {
  const fresh = await mkdtemp(`${folder}-`);
  await withVariables({ TMPDIR: fresh }, () => packaged.executablePath());
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true, force: true }));
}
