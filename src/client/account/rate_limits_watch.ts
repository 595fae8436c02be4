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
    return new RateLimitsWatch(new RateLimitsView(current, events));
  } catch (error) {
    await events.return();
    throw error;
  }
}

/** The limits, and the newest unread change. */
class RateLimitsView implements AsyncIterator<GetAccountRateLimitsResponse, undefined> {
  current: GetAccountRateLimitsResponse;
  readonly #events: EventStream;
  readonly #reads = new PendingReads<GetAccountRateLimitsResponse>();
  #hasUnread = false;

  constructor(current: GetAccountRateLimitsResponse, events: EventStream) {
    this.current = current;
    this.#events = events;
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
    const merged = mergeUpdate(this.current, update);
    if (canonicalJson(merged) === canonicalJson(this.current)) return;
    this.current = merged;
    this.#hasUnread = !this.#reads.give(merged);
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

function merge(known: RateLimitSnapshot | undefined, update: RateLimitSnapshot): RateLimitSnapshot {
  if (known === undefined) return update;
  const reported = Object.entries(update).filter(([, value]) => value != null);
  return { ...known, ...Object.fromEntries(reported) };
}
