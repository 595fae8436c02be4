/** The error of a page whose request a gateway has refused, or could not be reached with. */

/**
 * A gateway refused a request or could not be reached; `code` says why: that of the gateway, such as `"turn_active"`, or
 * `"network"` without a response.
 *
 * @example
 * ```ts
 * import { type GatewayConnection, GatewayError } from "@codex-app-server/sdk/gateway/client";
 *
 * async function isMine(gateway: GatewayConnection, threadId: string): Promise<boolean> {
 *   try {
 *     await gateway.read(threadId);
 *     return true;
 *   } catch (error) {
 *     if (error instanceof GatewayError && error.code === "thread_not_found") return false;
 *     throw error;
 *   }
 * }
 * ```
 */
export class GatewayError extends Error {
  /** The class name. */
  override readonly name = "GatewayError";
  /** A stable code. */
  readonly code: string;
  /** The HTTP status; 0 without a response. */
  readonly status: number;
  /** Milliseconds after which the gateway may accept the request; `undefined` if it named none. */
  readonly retryAfterMs: number | undefined;

  /** Creates an error with a code. */
  constructor(
    message: string,
    options: {
      readonly code: string;
      readonly status?: number;
      readonly retryAfterMs?: number | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.status = options.status ?? 0;
    this.retryAfterMs = options.retryAfterMs;
  }
}
