/** The page of the web example in a browser: real server, real binary, scripted model, one Chromium. */
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import process from "node:process";
import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  Locator,
  Page,
} from "playwright-core";
import { bundlePage, type PageFile } from "../../examples/web/bundle.ts";
import { listen, type WebServer } from "../../examples/web/listen.ts";
import { createPageServer } from "../../examples/web/server.ts";
import { type Gateway, memoryOwners, type ThreadOwners } from "../../gateway.ts";
import { Codex } from "../../mod.ts";
import { type ModelServer, ScriptedModel } from "../../testing.ts";
import { root, runtime } from "../process/_current.ts";
import { type FoundChromium, launchChromium } from "../_support/chromium.ts";

/** Milliseconds that a page has for anything: far more than it takes. */
const WAIT_MS = 60_000;
const KEYS = new Map([["key-of-ann", "ann"], ["key-of-bob", "bob"]]);

/** A window of a user, with everything that it complained about and asked elsewhere. */
export interface Window {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly complaints: string[];
}

/** Options of a window. */
export interface WindowOptions {
  readonly user?: "ann" | "bob";
  readonly colorScheme?: "light" | "dark";
  readonly width?: number;
}

/** The server of the page, and the browser. */
export class Site implements AsyncDisposable {
  readonly browser: Browser;
  readonly #closeBrowser: () => Promise<void>;
  readonly scripted: ScriptedModel;
  readonly #files: ReadonlyMap<string, PageFile>;
  readonly #owners: ThreadOwners = memoryOwners();
  readonly #contexts: BrowserContext[] = [];
  #codex: Codex | undefined;
  #gateway: Gateway | undefined;
  #server: WebServer | undefined;

  private constructor(
    { browser, close }: Awaited<ReturnType<typeof launchChromium>>,
    scripted: ScriptedModel,
    files: ReadonlyMap<string, PageFile>,
  ) {
    this.browser = browser;
    this.#closeBrowser = close;
    this.scripted = scripted;
    this.#files = files;
  }

  static async start(found: Extract<FoundChromium, { path: string }>): Promise<Site> {
    const files = await bundlePage();
    const scripted = await ScriptedModel.start();
    let site: Site | undefined;
    try {
      site = new Site(await launchChromium(found), scripted, files);
      await site.startServer();
      return site;
    } catch (error) {
      await (site ?? scripted)[Symbol.asyncDispose]();
      throw error;
    }
  }

  get model(): ModelServer {
    return this.scripted.model;
  }

  get workspace(): string {
    return this.scripted.home.workspace;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#server?.port}`;
  }

  /** Starts the server and its binary: on the port that it had before, if it had one. */
  async startServer(): Promise<void> {
    const port = this.#server?.port;
    this.#codex = await Codex.start(this.scripted.options);
    this.#gateway = createPageServer(this.#codex, {
      files: this.#files,
      users: KEYS,
      owners: this.#owners,
      workspaces: { work: this.workspace },
      thread: {
        config: {
          features: { default_mode_request_user_input: true },
          tools: { update_plan: { enabled: true } },
          model_providers: { mock_provider: { stream_max_retries: 2 } },
        },
      },
      allow: { always: true },
      limits: { connections: 100, threads: 100, turns: 100, requestsPerMinute: 6_000 },
      drainMs: 0,
    });
    this.#server = await listen(this.#gateway.fetch, port);
  }

  /** Ends the server and its binary, as a deployment does. */
  async stopServer(): Promise<void> {
    await this.#gateway?.close();
    await this.#server?.[Symbol.asyncDispose]();
    await this.#codex?.close();
  }

  /** Opens the page in a window of its own; with a key in the address, as the program prints it. */
  async open(options: WindowOptions = {}): Promise<Window> {
    const { user = "ann", colorScheme = "light", width = 1_100 } = options;
    const context = await this.context({ viewport: { width, height: 800 }, colorScheme });
    const page = await context.newPage();
    const complaints = watch(page, this.origin);
    await page.goto(`${this.origin}/?key=key-of-${user}`);
    await page.getByRole("button", { name: "New thread" }).waitFor();
    return { page, context, complaints };
  }

  /** A context of the browser, which shares nothing with the others, until the end of the scenario. */
  async context(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await this.browser.newContext(options);
    context.setDefaultTimeout(WAIT_MS);
    this.#contexts.push(context);
    return context;
  }

  /** Opens the same thread in another page of the same user. */
  async another({ context, page }: Window): Promise<Page> {
    const second = await context.newPage();
    await second.goto(page.url());
    return second;
  }

  /** Saves a picture in the folder that `WEB_SCREENSHOTS` names, or in `.screenshots`, which git ignores. */
  async picture(page: Page, name: string): Promise<void> {
    const path = resolve(root, process.env["WEB_SCREENSHOTS"] ?? ".screenshots", runtime);
    await mkdir(path, { recursive: true });
    await page.screenshot({ path: join(path, `${name}.png`) });
  }

  /** Saves a picture of every open page. */
  async pictures(name: string): Promise<void> {
    const pages = this.#contexts.flatMap((context) => context.pages());
    for (const [at, page] of pages.entries()) {
      await this.picture(page, `${name}-${at}`).catch(() => {}); // one that cannot be drawn
    }
  }

  /** Closes the windows of a scenario. */
  async closeWindows(): Promise<void> {
    for (const context of this.#contexts.splice(0)) await context.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closeBrowser();
    await this.stopServer();
    await this.scripted.close();
  }
}

/** Collects errors of the page, violations of its policy, and requests to anybody else. */
function watch(page: Page, origin: string): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => void complaints.push(error.message));
  page.on("console", (message) => {
    // The page itself reports a refused or broken request.
    const isRequest = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isRequest) complaints.push(message.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith("data:")) complaints.push(url);
  });
  return complaints;
}

/** Writes a message and sends it with Enter. */
export async function send(page: Page, text: string): Promise<void> {
  const field = page.getByLabel("Message to Codex");
  await field.fill(text);
  await field.press("Enter");
}

/** The turn at a position, from 0. */
export function turnAt(page: Page, at: number): Locator {
  return page.getByRole("article", { name: "Turn" }).nth(at);
}

/** Waits for the end of the turn at a position. */
export async function ended(page: Page, at = 0): Promise<Locator> {
  const turn = turnAt(page, at);
  await turn.and(page.locator('[aria-busy="false"]')).waitFor();
  return turn;
}

/** The card of what the agent asks. */
export function card(page: Page): Locator {
  return page.locator(".request");
}

/** Returns what axe finds wrong: rules with the elements that break them. */
export async function violations(page: Page): Promise<string[]> {
  axe ??= await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(axe);
  return await page.evaluate(async () => {
    interface Found {
      readonly id: string;
      readonly nodes: readonly { readonly target: readonly string[] }[];
    }
    interface Axe {
      run(options: object): Promise<{ readonly violations: readonly Found[] }>;
    }
    const { axe } = globalThis as unknown as { readonly axe: Axe };
    const { violations } = await axe.run({ resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) =>
      `${id}: ${nodes.map(({ target }) => target).join(", ")}`
    );
  });
}

let axe: string | undefined;
