/** A store that may be away for a moment, such as while it is started again. */
import { now } from "../util/clock.ts";
import { sleep } from "../util/timer.ts";
import { LeaseLostError } from "./errors.ts";
import type { FleetStore, ThreadStore } from "./store.ts";

/** Milliseconds between two tries. */
const RETRY_MS = 250;

/** What a database answers to a statement that it will never run: wrong data, names, passwords or rights. */
const FINAL = /^(?:0A|2\d|3[DF]|42|44|P0)[0-9A-Z]{3}$/;
const FINAL_REDIS = /^(?:NOAUTH|NOPERM|WRONGPASS|WRONGTYPE|ERR)\b/;

/**
 * Returns stores whose reads try again for a time: what fails before a turn runs would else end the attempt. Writes have
 * patience of their own, as they know how long the ownership lasts.
 */
export function patientStores(
  stores: { readonly store: FleetStore; readonly threads: ThreadStore },
  options: { readonly limitMs: number; readonly signal: AbortSignal },
): { readonly store: FleetStore; readonly threads: ThreadStore } {
  const { store, threads } = stores;
  const patient = <Value>(read: () => Promise<Value>): Promise<Value> => tryFor(read, options);
  return {
    store: {
      acquire: (request) => patient(() => store.acquire(request)),
      events: (runId, after, limit) => patient(() => store.events(runId, after, limit)),
      messages: (runId, after) => patient(() => store.messages(runId, after)),
      renew: (lease, ttlMs) => store.renew(lease, ttlMs),
      release: (lease, keepMs) => store.release(lease, keepMs),
      commit: (lease, commit) => store.commit(lease, commit),
      watch: (runId, changed) => store.watch(runId, changed),
      post: (runId, message, key) => store.post(runId, message, key),
      forget: (runId) => store.forget(runId),
      close: () => store.close(),
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    },
    threads: {
      put: (key, bytes) => threads.put(key, bytes),
      get: (key) => patient(() => threads.get(key)),
      remove: (keys) => threads.remove(keys),
    },
  };
}

async function tryFor<Value>(
  read: () => Promise<Value>,
  { limitMs, signal }: { readonly limitMs: number; readonly signal: AbortSignal },
): Promise<Value> {
  const until = now() + limitMs;
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (isFinal(error) || now() > until || signal.aborted) throw error;
      await sleep(RETRY_MS, signal);
    }
  }
}

function isFinal(error: unknown): boolean {
  if (error instanceof LeaseLostError || error instanceof TypeError) return true;
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return FINAL.test(String(code)) || FINAL_REDIS.test(String(message));
}
