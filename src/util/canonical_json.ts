/** Equality of JSON values. */
import { isRecord } from "./is_record.ts";

/** A text that is the same for equal values alone: the order of names does not count, nor how a number was written. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? "undefined";
  const members = Object.keys(value).sort().map((name) =>
    `${JSON.stringify(name)}:${canonicalJson(value[name])}`
  );
  return `{${members.join(",")}}`;
}
