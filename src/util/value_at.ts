/** Reads a value deep inside a foreign one. */
import { isRecord } from "./is_record.ts";

/** Returns the value at a path such as `"turn.id"`; `undefined` if there is none. */
export function valueAt(value: unknown, path: string): unknown {
  return path.split(".").reduce(
    (inner: unknown, name) => isRecord(inner) ? inner[name] : undefined,
    value,
  );
}
