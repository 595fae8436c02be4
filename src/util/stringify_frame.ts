/** A lone surrogate as `JSON.stringify` escapes it, or text that looks like one. */
const ESCAPED_SURROGATE = /\\ud[89a-f][0-9a-f]{2}/;

/**
 * Writes a message as JSON in well-formed Unicode: a lone surrogate becomes U+FFFD, since the runtime never answers a
 * line that holds one.
 *
 * @throws {TypeError} when the message holds a cycle or a `bigint`
 */
export function stringifyFrame(message: object): string {
  const frame = JSON.stringify(message);
  return ESCAPED_SURROGATE.test(frame) ? JSON.stringify(message, wellFormed) : frame;
}

function wellFormed(_key: string, value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key.toWellFormed(), member]),
  );
}
