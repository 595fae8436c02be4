/** Token refreshes: answered in time, and once for concurrent requests. */
import type { ServerRequestResult } from "../../generated/server_requests.ts";
import { abortable } from "../../util/abortable.ts";
import { now } from "../../util/clock.ts";
import { startTimer } from "../../util/timer.ts";
import type { ServerRequestHandler } from "./handler_scope.ts";

/** The method of a token refresh. */
export const TOKEN_REFRESH = "account/chatgptAuthTokens/refresh";

/** Milliseconds for a refresh: the runtime stops waiting after 10 seconds. */
export const TOKEN_REFRESH_MS = 9_500;

/**
 * Milliseconds for which an answer is reused: the runtime asks for one thread after another, each time about the token
 * that the first answer has already replaced.
 */
export const TOKENS_FRESH_MS = 2_000;

type Tokens = ServerRequestResult<typeof TOKEN_REFRESH> | undefined;

/** The time limits of refreshes, in milliseconds. */
interface RefreshLimits {
  readonly limitMs?: number;
  readonly freshMs?: number;
}

/**
 * Wraps the handler of token refreshes: each thread of the server whose token is rejected asks separately, and a second
 * refresh would invalidate the first answer. The handler's signal aborts when its time is over or nobody is waiting any
 * more.
 */
export function sharedRefresh(
  handler: ServerRequestHandler<typeof TOKEN_REFRESH>,
  { limitMs = TOKEN_REFRESH_MS, freshMs = TOKENS_FRESH_MS }: RefreshLimits = {},
): ServerRequestHandler<typeof TOKEN_REFRESH> {
  const latest = new Map<string, Refresh>();
  return (params, { id, signal }) => {
    const account = params?.previousAccountId ?? "";
    let refresh = latest.get(account);
    if (refresh === undefined || !refresh.fresh) {
      const call = (own: AbortSignal): Tokens | Promise<Tokens> =>
        handler(params, { id, signal: own });
      refresh = new Refresh(call, limitMs, freshMs);
      latest.set(account, refresh);
    }
    return refresh.join(signal);
  };
}

/** One call of the handler, shared by concurrent requests. */
class Refresh {
  readonly #tokens: Promise<Tokens>;
  readonly #stop = new AbortController();
  #freshUntil = Infinity;
  #waiting = 0;

  constructor(
    call: (signal: AbortSignal) => Tokens | Promise<Tokens>,
    limitMs: number,
    freshMs: number,
  ) {
    const { signal } = this.#stop;
    const stopTimer = startTimer(limitMs, () => {
      const message = `The tokens were not refreshed within ${limitMs} ms`;
      this.#end(new DOMException(message, "TimeoutError"));
    });
    this.#tokens = abortable((async () => await call(signal))(), signal).finally(stopTimer);
    this.#tokens.then(
      () => this.#freshUntil = now() + freshMs,
      () => this.#freshUntil = 0,
    );
  }

  /** Whether another request may still join. */
  get fresh(): boolean {
    return now() < this.#freshUntil;
  }

  /** Waits for the tokens, together with the other requests. */
  async join(signal: AbortSignal): Promise<Tokens> {
    const leave = (): void => {
      this.#waiting--;
      if (this.#waiting === 0) this.#end(signal.reason);
    };
    this.#waiting++;
    signal.addEventListener("abort", leave, { once: true });
    try {
      return await abortable(this.#tokens, signal);
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  #end(reason: unknown): void {
    this.#freshUntil = 0;
    this.#stop.abort(reason);
  }
}
