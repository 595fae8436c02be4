import { onAbort } from "./on_abort.ts";

/** Waits for a shared promise; rejects with `signal.reason` if the signal fires first. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const stop = onAbort(signal, () => reject(signal.reason));
    if (signal.aborted) reject(signal.reason);
    // Handle it even after an abort, so that a later rejection is not reported.
    promise.then(resolve, reject).finally(stop);
  });
}
