/** What a browser says about its network. */

/** Calls back when the browser has lost its network or has it again; other runtimes do not tell. Returns the end of it. */
export function onNetwork(event: "offline" | "online", listener: () => void): () => void {
  const { addEventListener, removeEventListener } = globalThis as Partial<EventTarget>;
  addEventListener?.call(globalThis, event, listener);
  return () => removeEventListener?.call(globalThis, event, listener);
}
