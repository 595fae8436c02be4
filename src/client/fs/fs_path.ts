/** A check that the server would make with words that nobody understands. */
import { isAbsolutePath } from "../../util/absolute_path.ts";

/**
 * Checks that a path is absolute: the server has no folder that a relative one could start from.
 *
 * @throws {TypeError} when it is not, or contains NUL
 */
export function checkPath(path: unknown): void {
  if (typeof path !== "string") {
    const given = path instanceof URL ? "a URL" : typeof path;
    throw new TypeError(`The path must be absolute and a text, got ${given}`);
  }
  if (!isAbsolutePath(path)) {
    throw new TypeError(`The path must be absolute, got ${JSON.stringify(path)}`);
  }
  if (path.includes("\0")) {
    throw new TypeError(`The path must not contain NUL, got ${JSON.stringify(path)}`);
  }
}
