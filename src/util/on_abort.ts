/** Listens to abort signals, with one listener per signal: Node warns of a leak if a signal has more than ten. */

interface Shared {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

/** What listens to the signals in use. A signal is the caller's, so it cannot carry this itself. */
const SHARED: WeakMap<AbortSignal, Shared> = new WeakMap();

/**
 * Calls back when a signal fires, unless it already has. The callback must not throw. Returns a function that stops
 * listening.
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (signal == null || signal.aborted) return () => {};
  const shared = SHARED.get(signal) ?? listenTo(signal);
  const { callbacks, listener } = shared;
  const own = (): void => callback();
  callbacks.add(own);
  return () => {
    callbacks.delete(own);
    if (callbacks.size > 0 || SHARED.get(signal) !== shared) return;
    leave(signal, listener);
  };
}

function listenTo(signal: AbortSignal): Shared {
  const callbacks = new Set<() => void>();
  const listener = (): void => {
    leave(signal, listener);
    for (const callback of callbacks) callback(); // not those that an earlier one removes
  };
  const shared = { callbacks, listener };
  SHARED.set(signal, shared);
  signal.addEventListener("abort", listener);
  return shared;
}

function leave(signal: AbortSignal, listener: () => void): void {
  SHARED.delete(signal);
  signal.removeEventListener("abort", listener);
}
