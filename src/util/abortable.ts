/** Waits for a shared promise; rejects with `signal.reason` if the signal fires first. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    // Handle it even after an abort, so that a later rejection is not reported.
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
