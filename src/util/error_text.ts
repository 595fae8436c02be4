/** Messages of thrown values. */

/** Returns the message of an error or any other thrown value; `""` if it has none. Never throws. */
export function errorText(error: unknown): string {
  try {
    if (typeof error !== "object" || error === null) return String(error);
    const { message, name } = error as { readonly message?: unknown; readonly name?: unknown };
    if (isError(error)) return String(message || name);
    // For plain objects, "[object Object]" would be useless.
    return typeof message === "string" && message !== "" ? message : JSON.stringify(error) ?? "";
  } catch {
    return ""; // a throwing getter, a cycle, or an object without a prototype
  }
}

/** Returns whether a value is an error, even of another realm. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}
