/** A check that keeps a misplaced argument from being taken for options. */
import { isRecord } from "../util/is_record.ts";

/**
 * Checks that the options of a call are an object: spread into the params, a text would become fields.
 *
 * @throws {TypeError} when they are none
 */
export function checkCallOptions(options: unknown): void {
  if (isRecord(options)) return;
  throw new TypeError(`The options must be an object, got ${JSON.stringify(options)}`);
}
