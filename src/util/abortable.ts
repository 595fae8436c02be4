/** Waits for a shared promise, but no longer than until the signal fires; rejects with `signal.reason` then. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    // Also after an abort, so that a later rejection is not one that nobody handles.
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
