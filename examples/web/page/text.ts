/** Text that others wrote, and numbers, as a person reads them. */

/** Control codes, invisible characters and those that turn the direction of writing. */
const HIDDEN =
  /(?<!\p{Extended_Pictographic})\ufe0f|(?![\n\t\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/** The sequences by which a program colours its output, moves the cursor and sets the title. */
// deno-lint-ignore no-control-regex -- those are what it looks for
const TERMINAL = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g;

/** Returns the text with everything invisible as an escape, such as `\u{202e}`: what runs is what is read. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (found) => `\\u{${found.codePointAt(0)?.toString(16)}}`);
}

/** Returns the output of a program without its colours; what else is invisible becomes visible. */
export function output(text: string): string {
  return visible(text.replace(TERMINAL, "").replaceAll("\r\n", "\n"));
}

/** Returns the beginning of a text, on one line. */
export function short(text: string, length = 80): string {
  const line = visible(text).replaceAll(/\s+/g, " ").trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** Returns a number of tokens: `12.3K`. */
export function count(value: number): string {
  return compact.format(value);
}

/** Returns a duration: `0.4 s`, `12 s`, `3 min`. */
export function duration(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/** Returns how long ago a time in seconds was: `now`, `5 min`, `2 h`, `3 d`. */
export function age(seconds: number | null): string {
  if (seconds === null) return "";
  const minutes = Math.max(0, Date.now() / 60_000 - seconds / 60);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${Math.floor(minutes)} min`;
  return minutes < 1_440 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1_440)} d`;
}
