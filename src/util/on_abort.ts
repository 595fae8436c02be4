/** Listens to abort signals, with one listener per signal: Node 20 warns of a leak if a signal has more than ten. */

/** Where a signal carries its listener, as long as anything listens to it. */
const SHARED: unique symbol = Symbol("codex-app-server.abort");

interface Shared {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

type Carrier = AbortSignal & { readonly [SHARED]?: Shared | undefined };

/**
 * Calls back when a signal fires, unless it already has. The callback must not throw. Returns a function that stops
 * listening.
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (signal == null || signal.aborted) return () => {};
  const { callbacks, listener } = (signal as Carrier)[SHARED] ?? listenTo(signal);
  const own = (): void => callback();
  callbacks.add(own);
  return () => {
    if (callbacks.delete(own) && callbacks.size === 0) leave(signal, listener);
  };
}

function listenTo(signal: AbortSignal): Shared {
  const callbacks = new Set<() => void>();
  const listener = (): void => {
    leave(signal, listener);
    for (const callback of callbacks) callback(); // not those that an earlier one removes
  };
  carry(signal, { callbacks, listener });
  signal.addEventListener("abort", listener);
  return { callbacks, listener };
}

function leave(signal: AbortSignal, listener: () => void): void {
  carry(signal, undefined);
  signal.removeEventListener("abort", listener);
}

/** Has no effect on a frozen signal, which then gets one listener per callback. */
function carry(signal: AbortSignal, value: Shared | undefined): void {
  Reflect.defineProperty(signal, SHARED, { value, configurable: true });
}
