/// <reference lib="dom" />
/** Many sessions at once, in windows that share nothing, a third of which lose their network in the middle. */
import { join } from "node:path";
import { build, stop } from "esbuild";
import type { BrowserContext, Page } from "playwright-core";
import type * as client from "../../gateway/client.ts";
import { deltas, gate } from "../../testing.ts";
import { root } from "../process/_current.ts";
import { assertEquals } from "../_support/assert.ts";
import type { Site } from "./_web_site.ts";

/** A browser opens six connections to a host for each window: one stays free for requests. */
const [WINDOWS, SESSIONS] = [12, 5];
const HALF = "the first half, ".repeat(60);

interface InPage {
  readonly gatewayClient: typeof client;
  readonly threads: client.LiveThread[];
  /** The texts of the open threads. */
  readonly texts: () => string[][];
}

/** Sixty turns at once end with their whole text exactly once, also for twenty that were cut in the middle. */
export async function sixtySessions(site: Site): Promise<void> {
  const script = await clientScript();
  const half = gate();
  const windows = await Promise.all(
    Array.from({ length: WINDOWS }, (_, at) => openWindow(site, script, at)),
  );
  const isCut = (at: number): boolean => at % 3 === 0;
  for (const name of windows.flatMap(({ names }) => names)) {
    site.model.enqueueFor(name, deltas([HALF, half, `then the rest of ${name}`]));
  }
  await Promise.all(windows.map(({ page, names }) => startTurns(page, names)));
  await Promise.all(windows.map(({ page }) => textsAre(page, HALF)));
  const cut = windows.filter((_, at) => isCut(at));
  await Promise.all(cut.map(async ({ page, context }) => {
    await context.setOffline(true);
    await page.waitForFunction(() => {
      const { threads } = globalThis as unknown as InPage;
      return threads.every(({ view }) => view.connection === "lost");
    });
  }));
  half.open();
  // The others end while these are away.
  const here = windows.filter((_, at) => !isCut(at));
  await Promise.all(here.map(({ page }) => allEnd(page)));
  await Promise.all(cut.map(({ context }) => context.setOffline(false)));
  await Promise.all(cut.map(({ page }) => allEnd(page)));
  for (const { page, names } of windows) {
    const texts = await page.evaluate(() => (globalThis as unknown as InPage).texts());
    assertEquals(texts, names.map((name) => [`${HALF}then the rest of ${name}`]));
  }
}

async function clientScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, "gateway/client.ts")],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "gatewayClient",
    footer: { js: "globalThis.gatewayClient = gatewayClient;" },
    logLevel: "silent",
  });
  await stop(); // its process
  return outputFiles[0]?.text ?? "";
}

/** A window at the gateway itself: the page around it would only take time. */
async function openWindow(
  site: Site,
  script: string,
  at: number,
): Promise<{ readonly page: Page; readonly context: BrowserContext; readonly names: string[] }> {
  const context = await site.context();
  await context.request.get(`${site.origin}/?key=key-of-ann`);
  const page = await context.newPage();
  await page.goto(`${site.origin}/api/workspaces`);
  await page.evaluate(script);
  const names = Array.from({ length: SESSIONS }, (_, one) => `session-${at}-${one}-`);
  return { page, context, names };
}

async function startTurns(page: Page, names: readonly string[]): Promise<void> {
  await page.evaluate(async (names) => {
    const { gatewayClient } = globalThis as unknown as InPage;
    const gateway = gatewayClient.connect("/api");
    const threads = await Promise.all(names.map(async (name) => {
      const thread = await gateway.create();
      await thread.turn(name);
      return thread;
    }));
    const texts = (): string[][] =>
      threads.map(({ view }) =>
        view.turns.flatMap(({ items }) =>
          items.flatMap(({ item }) => item.type === "agentMessage" ? [item.text] : [])
        )
      );
    Object.assign(globalThis, { threads, texts });
  }, names);
}

async function textsAre(page: Page, text: string): Promise<void> {
  await page.waitForFunction((text) => {
    return (globalThis as unknown as InPage).texts().every(([one]) => one === text);
  }, text);
}

async function allEnd(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    (globalThis as unknown as InPage).threads.every(({ view }) => {
      return view.turns.length === 1 && view.turns[0]?.status === "completed";
    })
  );
}
