/** Says in what two JSON values differ. */
import { canonicalJson } from "../../util/canonical_json.ts";
import { isRecord } from "../../util/is_record.ts";
import { printable } from "../../util/printable.ts";

/** How many differences a message names, and how long the two values in it may be. */
const MOST = 5;
const VALUE_CHARS = 80;

/** Lists the first differences, such as `params.model: "b" instead of "a"`. */
export function differencesOf(value: unknown, recorded: unknown, path: string): string[] {
  const found: string[] = [];
  visit(value, recorded, path, found);
  return found.slice(0, MOST);
}

function visit(value: unknown, recorded: unknown, path: string, found: string[]): void {
  if (found.length >= MOST || canonicalJson(value) === canonicalJson(recorded)) return;
  if (Array.isArray(value) && Array.isArray(recorded)) {
    for (let at = 0; at < Math.max(value.length, recorded.length); at++) {
      visit(value[at], recorded[at], `${path}[${at}]`, found);
    }
  } else if (isRecord(value) && isRecord(recorded)) {
    for (const name of new Set([...Object.keys(recorded), ...Object.keys(value)])) {
      visit(value[name], recorded[name], `${path}.${printable(name, { oneLine: true })}`, found);
    }
  } else {
    const [now, then] = excerpts(value, recorded);
    found.push(`${path}: ${now} instead of ${then}`);
  }
}

/** The parts of two values in which they begin to differ. */
function excerpts(value: unknown, recorded: unknown): readonly [string, string] {
  const texts = [value, recorded].map((one) => JSON.stringify(one) ?? "nothing");
  const [now = "", then = ""] = texts;
  let same = 0;
  while (same < now.length && now[same] === then[same]) same++;
  const start = same < VALUE_CHARS / 2 ? 0 : same - VALUE_CHARS / 4;
  const [left = "", right = ""] = texts.map((text) => {
    const part = text.slice(start, start + VALUE_CHARS);
    const end = start + VALUE_CHARS < text.length ? "..." : "";
    return printable(`${start > 0 ? "..." : ""}${part}${end}`, { oneLine: true });
  });
  return [left, right];
}
