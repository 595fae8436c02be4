/** Source maps that lead to lines, not columns, which takes less than half of the bytes. */

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The part of a source map that changes. */
export interface SourceMap {
  readonly mappings: string;
  readonly names: readonly string[];
}

/** Keeps the first position of each line of the sources on each line of the module. */
export function mapLines<T extends SourceMap>(map: T): T {
  let [source, line, column] = [0, 0, 0];
  let kept = [0, 0, 0];
  const shorten = (segments: string): string => {
    let generated = 0;
    let last = 0;
    let place = "";
    const parts: string[] = [];
    for (const segment of segments.split(",")) {
      const [ahead = 0, ...original] = decode(segment);
      generated += ahead;
      source += original[0] ?? 0;
      line += original[1] ?? 0;
      column += original[2] ?? 0;
      if (original.length === 0 || place === `${source}:${line}`) continue;
      place = `${source}:${line}`;
      const now = [source, line, column];
      const changes = now.map((value, index) => value - (kept[index] ?? 0));
      parts.push([generated - last, ...changes].map(encode).join(""));
      [kept, last] = [now, generated];
    }
    return parts.join(",");
  };
  return { ...map, mappings: map.mappings.split(";").map(shorten).join(";"), names: [] };
}

/** Reads numbers of base 32, the least digits first, whose least bit is the sign. */
function decode(text: string): number[] {
  const values: number[] = [];
  let [value, shift] = [0, 0];
  for (const letter of text) {
    const digit = DIGITS.indexOf(letter);
    value += (digit & 31) << shift;
    shift += 5;
    if (digit >= 32) continue;
    values.push((value & 1) === 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return values;
}

function encode(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = "";
  do {
    const digit = rest & 31;
    rest >>= 5;
    text += DIGITS[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}
