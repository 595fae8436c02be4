/** Errors of what a turn is given. */
import { CodexError } from "./codex_error.ts";

/** An image or a sound could not be read from its address; nothing was sent. */
export class InputFetchError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "InputFetchError";
  /** The address. */
  readonly url: string;

  /** Makes the error for an address and what went wrong. */
  constructor(url: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`Cannot fetch "${url}": ${why}`, { code: "input_fetch_failed", cause });
    this.url = url;
  }
}
