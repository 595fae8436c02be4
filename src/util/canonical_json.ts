/** Equality of JSON values. */
import { isRecord } from "./is_record.ts";

/** Serializes a value such that equal values have equal text, whatever their key order or number notation. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? "undefined";
  const members = Object.keys(value).sort().map((name) =>
    `${JSON.stringify(name)}:${canonicalJson(value[name])}`
  );
  return `{${members.join(",")}}`;
}
