/** Errors of what a turn is given. */
import { CodexError } from "./codex_error.ts";

/**
 * An image or a sound could not be read from its address; nothing was sent.
 *
 * @example
 * ```ts
 * import { image, InputFetchError, type Thread } from "@codex-app-server/sdk";
 *
 * async function describe(thread: Thread, url: string): Promise<string | null> {
 *   try {
 *     return (await thread.run(["What is this?", image(url, { fetch: true })])).finalResponse;
 *   } catch (error) {
 *     if (error instanceof InputFetchError) return `${error.url} cannot be read`;
 *     throw error;
 *   }
 * }
 * ```
 */
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
