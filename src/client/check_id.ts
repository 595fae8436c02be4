/** A check that spares a round trip for what cannot be an id. */

/**
 * Checks that an id is a text that is not empty.
 *
 * @throws {TypeError} when it is not
 */
export function checkId(what: string, id: unknown): asserts id is string {
  if (typeof id === "string" && id !== "") return;
  throw new TypeError(
    `The id of a ${what} must be a text that is not empty, got ${JSON.stringify(id)}`,
  );
}
