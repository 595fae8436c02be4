/** Bounds what is stored of an event. */

/** The most characters of one text in an event. */
const MAX_TEXT = 65_536;

/** Returns a copy as JSON with the middle of very long texts left out; the rollout has them whole. */
export function shortened<T>(event: T): T {
  return JSON.parse(JSON.stringify(event, (_key, value: unknown) => {
    if (typeof value !== "string" || value.length <= MAX_TEXT) return value;
    const [head, tail] = [value.slice(0, MAX_TEXT / 2), value.slice(-MAX_TEXT / 2)];
    return `${head}\n[${value.length - MAX_TEXT} characters left out]\n${tail}`.toWellFormed();
  })) as T;
}
