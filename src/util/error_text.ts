/** What a thrown value says, whatever it is. */

/** Gives the message of an error, and of all else a text; `""` where it has none to give. Never throws. */
export function errorText(error: unknown): string {
  try {
    if (typeof error !== "object" || error === null) return String(error);
    const { message, name } = error as { readonly message?: unknown; readonly name?: unknown };
    if (error instanceof Error) return String(message || name);
    // Others throw plain objects, of which "[object Object]" would tell nothing.
    return typeof message === "string" && message !== "" ? message : JSON.stringify(error) ?? "";
  } catch {
    return ""; // a getter that throws, a cycle, an object without a prototype
  }
}
