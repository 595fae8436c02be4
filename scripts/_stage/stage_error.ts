/** Input that cannot be staged; the message says what to do about it. */
export class StageError extends Error {
  override readonly name: string = "StageError";
}
