/**
 * The page of the web example in a browser. Deno, on which `npm run web` runs, does everything. Bun and Node do what
 * depends on the server and not on the page alone: a browser takes more processor time than all other tests of a gateway.
 */
import { runtime } from "../process/_current.ts";
import { assertEquals } from "../_support/assert.ts";
import { findChromium } from "../_support/chromium.ts";
import { test } from "../_support/test.ts";
import { sixtySessions } from "./_web_crowd.ts";
import * as all from "./_web_scenarios.ts";
import { Site } from "./_web_site.ts";

const { streams, approves, reloads, networkCut, serverRestarts, anotherUser } = all;
const core = { streams, approves, reloads, networkCut, serverRestarts, anotherUser };
const scenarios = runtime === "deno" ? all : core;
const crowds = runtime === "deno" ? { sixtySessions } : {};
const found = await findChromium();

test(
  "a page of the gateway works in a browser: text, approvals, reloads, cuts, users, hostile text, axe [R-111] [R-121]",
  async () => {
    if ("reason" in found) return;
    await using site = await Site.start(found);
    const failures: string[] = [];
    for (const [name, scenario] of Object.entries({ ...scenarios, ...crowds })) {
      try {
        await scenario(site);
      } catch (error) {
        failures.push(`${name}: ${error instanceof Error ? error.stack : error}`);
        await site.pictures(`failed-${name}`);
      }
      await site.closeWindows();
    }
    assertEquals(failures, []);
  },
  { timeoutMs: 600_000, ...("reason" in found ? { skip: found.reason } : {}) },
);
