/** The objective of a goal, checked before anything is sent. */
import { isRecord } from "../../util/is_record.ts";
import type { TurnInput } from "../input/input.ts";

/** Maximum length of an objective that the server accepts, in characters. */
const MAX_CHARACTERS = 4_000;

/**
 * Returns the text of an objective; several texts are joined by line breaks.
 *
 * @throws {TypeError} if it is blank or contains anything but text
 * @throws {RangeError} if it is longer than 4,000 characters
 */
export function goalObjective(input: TurnInput): string {
  const parts: readonly unknown[] = Array.isArray(input) ? input : [input];
  const objective = parts.map(textOf).join("\n");
  if (objective.trim() === "") throw new TypeError("The objective of a goal must not be blank");
  // The server counts characters; the length of a string counts UTF-16 units.
  const characters = objective.length > MAX_CHARACTERS ? [...objective].length : objective.length;
  if (characters > MAX_CHARACTERS) {
    throw new RangeError(
      `The objective of a goal must have at most ${MAX_CHARACTERS} characters, got ${characters}`,
    );
  }
  return objective;
}

function textOf(part: unknown): string {
  if (typeof part === "string") return part;
  if (isRecord(part) && part.type === "text" && typeof part.text === "string") return part.text;
  const kind = isRecord(part) ? part.type : part;
  throw new TypeError(`The objective of a goal must be text, got ${JSON.stringify(kind)}`);
}

/**
 * Checks a token limit.
 *
 * @throws {RangeError} if it is not a positive integer
 */
export function checkTokenBudget(tokenBudget: unknown): void {
  if (tokenBudget == null || (Number.isSafeInteger(tokenBudget) && Number(tokenBudget) > 0)) return;
  throw new RangeError(
    `"tokenBudget" must be a whole number from 1 up, got ${String(tokenBudget)}`,
  );
}
