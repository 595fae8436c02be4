/** The rate limits of the account as they change. */
import type { GetAccountRateLimitsResponse, RateLimitSnapshot } from "../../generated/types.ts";
import { canonicalJson } from "../../util/canonical_json.ts";
import { isRecord } from "../../util/is_record.ts";
import { checkOptionsObject } from "../../util/option_names.ts";
import type { ClientContext } from "../client_context.ts";
import type { NotificationStreamOptions } from "../events/event_streams.ts";
import { type EventStream, LiveStream } from "../events/live_stream.ts";
import { PendingReads } from "../events/value_queues.ts";
import { type RateLimitsOptions, readRateLimits } from "./account.ts";

/**
 * The rate limits of the account, kept current by the server's updates, and read with `for await`: each change yields all
 * limits. Unread changes replace each other.
 *
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 *
 * async function warn(codex: Codex): Promise<void> {
 *   for await (const { rateLimits } of await codex.watchRateLimits()) {
 *     if ((rateLimits.primary?.usedPercent ?? 0) > 90) console.log("Almost used up");
 *   }
 * }
 * ```
 */
export class RateLimitsWatch extends LiveStream<GetAccountRateLimitsResponse> {
  readonly #view: RateLimitsView;

  /** Reads from a view. */
  constructor(view: RateLimitsView) {
    super(view, () => view.leave());
    this.#view = view;
  }

  /** The limits as last known: what was read at the start, merged with the updates since. */
  get current(): GetAccountRateLimitsResponse {
    return this.#view.current;
  }
}

/** Reads the limits, and merges the updates from now on into them. */
export async function watchRateLimits(
  context: ClientContext,
  options: RateLimitsOptions,
  open: (options: NotificationStreamOptions) => EventStream,
): Promise<RateLimitsWatch> {
  const given = options;
  checkOptionsObject("watchRateLimits()", options);
  const events = open({ methods: ["account/rateLimits/updated"], signal: given.signal });
  try {
    const current = await readRateLimits(context, options, "watchRateLimits()");
    const read: ReadAgain = (signal) => {
      return readRateLimits(context, { ...given, signal }, "watchRateLimits()");
    };
    return new RateLimitsWatch(new RateLimitsView(current, events, read));
  } catch (error) {
    await events.return();
    throw error;
  }
}

type ReadAgain = (signal: AbortSignal) => Promise<GetAccountRateLimitsResponse>;

/** What the server reports together with a window: `null` beside one may mean that it is gone. */
const REPORTED = ["primary", "secondary", "rateLimitReachedType"] as const;

/** The limits, and the newest unread change. */
class RateLimitsView implements AsyncIterator<GetAccountRateLimitsResponse, undefined> {
  current: GetAccountRateLimitsResponse;
  readonly #events: EventStream;
  readonly #reads = new PendingReads<GetAccountRateLimitsResponse>();
  readonly #readAgain: ReadAgain;
  readonly #left = new AbortController();
  /** Values that were still there when they were read again: the updates leave them out. */
  readonly #unreported = new Set<string>();
  /** The updates since the limits are being read again. */
  #meanwhile: RateLimitSnapshot[] | undefined;
  #hasUnread = false;

  constructor(current: GetAccountRateLimitsResponse, events: EventStream, readAgain: ReadAgain) {
    this.current = current;
    this.#events = events;
    this.#readAgain = readAgain;
    void this.#follow();
  }

  next(): Promise<IteratorResult<GetAccountRateLimitsResponse, undefined>> {
    if (!this.#hasUnread) return this.#reads.next();
    this.#hasUnread = false;
    return Promise.resolve({ value: this.current, done: false });
  }

  async leave(): Promise<void> {
    this.#hasUnread = false;
    this.#reads.end();
    this.#left.abort();
    await this.#events.return();
  }

  async #follow(): Promise<void> {
    try {
      for await (const { method, params } of this.#events) {
        if (method === "account/rateLimits/updated") this.#accept(params.rateLimits);
      }
      this.#reads.end();
    } catch (error) {
      this.#reads.end(error);
    }
  }

  #accept(update: RateLimitSnapshot): void {
    if (!isRecord(update)) return;
    this.#give(mergeUpdate(this.current, update));
    if (this.#meanwhile !== undefined) this.#meanwhile.push(update);
    else void this.#check(update);
  }

  /** Reads the limits again if an update may have cleared a value. */
  async #check(update: RateLimitSnapshot): Promise<void> {
    const known = knownOf(this.current, update);
    const gone = goneIn(known, update).filter((name) => {
      return !this.#unreported.has(`${update.limitId} ${name}`);
    });
    if (gone.length === 0) return;
    this.#meanwhile = [];
    try {
      const current = await this.#readAgain(this.#left.signal);
      const left = knownOf(current, update);
      for (const name of gone) {
        if (left?.[name] != null) this.#unreported.add(`${update.limitId} ${name}`);
      }
      this.#give(this.#meanwhile.reduce(mergeUpdate, current));
    } catch {
      // The next update tries again; the end of the connection ends the events.
    } finally {
      this.#meanwhile = undefined;
    }
  }

  #give(limits: GetAccountRateLimitsResponse): void {
    if (canonicalJson(limits) === canonicalJson(this.current)) return;
    this.current = limits;
    this.#hasUnread = !this.#reads.give(limits);
  }
}

/** Merges an update into the limits: it is of one limit, and `null` in it means that the value was not reported. */
function mergeUpdate(
  current: GetAccountRateLimitsResponse,
  update: RateLimitSnapshot,
): GetAccountRateLimitsResponse {
  const { rateLimits, rateLimitsByLimitId } = current;
  const id = update.limitId ?? rateLimits.limitId;
  const isMain = id == null || rateLimits.limitId == null || id === rateLimits.limitId;
  const known = id == null ? undefined : rateLimitsByLimitId?.[id];
  return {
    ...current,
    ...(isMain ? { rateLimits: merge(rateLimits, update) } : {}),
    ...(id == null
      ? {}
      : { rateLimitsByLimitId: { ...rateLimitsByLimitId, [id]: merge(known, update) } }),
  };
}

/** Returns what is known of the limit that an update is about. */
function knownOf(
  { rateLimits, rateLimitsByLimitId }: GetAccountRateLimitsResponse,
  { limitId }: RateLimitSnapshot,
): RateLimitSnapshot | undefined {
  if (limitId == null || limitId === rateLimits.limitId) return rateLimits;
  return rateLimitsByLimitId?.[limitId];
}

/** The values that are known, and that an update with a window has as `null`: not reported, or no longer there. */
function goneIn(
  known: RateLimitSnapshot | undefined,
  update: RateLimitSnapshot,
): readonly (typeof REPORTED[number])[] {
  if (update.primary == null && update.secondary == null) return [];
  return REPORTED.filter((name) => update[name] == null && known?.[name] != null);
}

function merge(known: RateLimitSnapshot | undefined, update: RateLimitSnapshot): RateLimitSnapshot {
  if (known === undefined) return update;
  const reported = Object.entries(update).filter(([, value]) => value != null);
  return { ...known, ...Object.fromEntries(reported) };
}
