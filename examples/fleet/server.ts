/** The dashboard's server: its files, the state of the fleet and the events of a run. A `Request` in, a `Response` out. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { CodexFleet } from "@codex-app-server/sdk/fleet/bullmq";
import { bundle, type PageFile } from "../web/bundle.ts";
import type { Watch } from "./watch.ts";
import type { WorkerProcess } from "./workers.ts";

/** What the page shows of the fleet. */
export interface FleetState {
  readonly counts: Readonly<Record<string, number>>;
  readonly workers: readonly { readonly name: string; readonly state: string }[];
  readonly runs: readonly {
    readonly id: string;
    readonly state: string;
    readonly workers: readonly string[];
    readonly asks: boolean;
  }[];
}

/** Options of {@linkcode createDashboard}. */
export interface DashboardOptions {
  readonly fleet: CodexFleet;
  readonly watch: Watch;
  readonly workers: readonly WorkerProcess[];
  readonly files: ReadonlyMap<string, PageFile>;
  /** Who has it may see and do everything. */
  readonly key: string;
  /** The names that the server goes by. */
  readonly hosts: readonly string[];
}

/** Milliseconds between two looks at the queue while a page watches. */
const LOOK_MS = 500;

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

/** Bundles the page. */
export async function pageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const read = (name: string): Promise<string> => readFile(path(name), "utf8");
  return new Map([
    ["/", { type: "text/html", body: await read("page/index.html") }],
    ["/style.css", { type: "text/css", body: await read("../web/page/style.css") }],
    ["/fleet.css", { type: "text/css", body: await read("page/fleet.css") }],
    ["/main.js", { type: "text/javascript", body: await bundle(path("page/main.ts")) }],
  ]);
}

/** Creates the dashboard. Close it before its server. */
export function createDashboard(
  { fleet, watch, workers, files, key, hosts }: DashboardOptions,
): { fetch(request: Request): Promise<Response>; close(): void } {
  const closing = new AbortController();

  async function state(): Promise<FleetState> {
    const [counts, jobs] = await Promise.all([fleet.counts(), fleet.list()]);
    const runs = jobs.toReversed().map(({ id, state }) => {
      const run = watch.runs.get(id);
      return {
        id,
        state: run?.result?.status ?? state,
        workers: run?.workers.map(({ name }) => name) ?? [],
        asks: (run?.open.size ?? 0) > 0,
      };
    });
    return { counts, workers: workers.map(({ name, state }) => ({ name, state })), runs };
  }

  async function* states(signal: AbortSignal): AsyncGenerator<string> {
    for (let last = ""; !signal.aborted;) {
      const text = JSON.stringify(await state());
      if (text !== last) yield `data: ${last = text}\n\n`;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS);
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        }, { once: true });
      });
    }
  }

  async function* eventsOf(id: string, after: number, signal: AbortSignal): AsyncGenerator<string> {
    for await (const { seq, atMs, event } of fleet.run(id).events(after, { signal })) {
      yield `id: ${seq}\ndata: ${JSON.stringify({ seq, atMs, event })}\n\n`;
    }
    yield "event: end\ndata: {}\n\n"; // a browser would connect again
  }

  function stream(
    request: Request,
    lines: (signal: AbortSignal) => AsyncGenerator<string>,
  ): Response {
    const gone = new AbortController();
    const signal = AbortSignal.any([closing.signal, gone.signal, request.signal]);
    const generator = lines(signal);
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      async pull(controller): Promise<void> {
        const next = await generator.next().catch(() => ({ done: true, value: "" }));
        if (next.done) controller.close();
        else controller.enqueue(encoder.encode(next.value as string));
      },
      cancel: () => gone.abort(),
    });
    return new Response(body, { headers: { ...HEADERS, "content-type": "text/event-stream" } });
  }

  async function act(request: Request, id: string, action: string): Promise<Response> {
    // Another site can send neither this type nor this origin.
    const isOurs = request.headers.get("content-type") === "application/json" &&
      hosts.some((host) => request.headers.get("origin") === `http://${host}`);
    if (!isOurs) return refuse(403);
    const { requestId, answer } = await request.json().catch(() => ({})) as Record<string, unknown>;
    if (action === "cancel") await fleet.run(id).cancel("from the dashboard");
    else if (typeof requestId === "string" && (answer === "accept" || answer === "decline")) {
      await fleet.run(id).answer(requestId, answer, { by: "the dashboard" });
    } else return refuse(400);
    return new Response(null, { status: 204, headers: HEADERS });
  }

  async function respond(request: Request): Promise<Response> {
    const { pathname, searchParams, host } = new URL(request.url);
    if (!hosts.includes(host)) return refuse(403);
    const cookie = `codex-fleet-${host.split(":")[1]}=${key}`;
    if (searchParams.get("key") === key) {
      return new Response(null, {
        status: 303,
        headers: {
          ...HEADERS,
          location: pathname,
          "set-cookie": `${cookie}; Path=/; HttpOnly; SameSite=Strict`,
        },
      });
    }
    if (!(request.headers.get("cookie") ?? "").split(/; */).includes(cookie)) return refuse(401);
    const file = files.get(pathname);
    if (file !== undefined) {
      const type = `${file.type}; charset=utf-8`;
      return new Response(file.body, { headers: { ...HEADERS, "content-type": type } });
    }
    if (pathname === "/api/fleet") return stream(request, states);
    const [, id, action] = /^\/api\/runs\/([\w-]+)\/(events|cancel|answer)$/.exec(pathname) ?? [];
    if (id === undefined || action === undefined || !watch.runs.has(id)) return refuse(404);
    if (action !== "events") {
      return request.method === "POST" ? await act(request, id, action) : refuse(405);
    }
    const after = Number(request.headers.get("last-event-id") ?? 0) || 0;
    return stream(request, (signal) => eventsOf(id, after, signal));
  }

  return { fetch: respond, close: () => closing.abort() };
}

function refuse(status: number): Response {
  return new Response(`${status}\n`, { status, headers: HEADERS });
}
