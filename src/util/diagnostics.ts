/** What the SDK noticed and survived; told to `onDiagnostic`, never printed. */

/**
 * One event worth a log line, told apart by `kind`.
 *
 * @example
 * ```ts
 * import type { Diagnostic } from "@codex-app-server/sdk";
 *
 * const isNoise = ({ kind }: Diagnostic): boolean => kind === "unmatchedResponse";
 * ```
 */
export type Diagnostic =
  | {
    /** A line on the peer's output was no JSON-RPC message; it was skipped. */
    readonly kind: "malformedMessage";
    /** The start of the line, at most 200 characters, with secrets redacted. */
    readonly excerpt: string;
    /** How many such lines this connection has seen. */
    readonly count: number;
  }
  | {
    /** A reply came for a request that nobody waits for. */
    readonly kind: "unmatchedResponse";
    readonly id: string | number | null;
  }
  | {
    /** The server asked with a method that has no handler; it was declined. */
    readonly kind: "unhandledRequest";
    readonly method: string;
  }
  | {
    /**
     * A handler of approvals or a policy was given where this client is not asked, so that it will not be called. Told once
     * for a thread.
     */
    readonly kind: "handlerNotAsked";
    readonly threadId: string;
    /** Who decides instead: a reviewing agent, or nobody, as in every review. */
    readonly approvalMode: "autoReview" | "denyAll";
  }
  | {
    /** A handler, listener or hook of the caller threw; the connection goes on. */
    readonly kind: "callbackError";
    readonly method: string;
    readonly error: unknown;
  }
  | {
    /** The server's version is outside the tested range. */
    readonly kind: "untestedVersion";
    readonly version: string;
    readonly tested: string;
  }
  | {
    /** A request has a field that the connected runtime is too old to know, and ignores. Reported once for a field. */
    readonly kind: "ignoredField";
    readonly method: string;
    /** Where it is among the params, such as `"toolOutput.retain"`. */
    readonly field: string;
    /** The first version of Codex that is known to have it. */
    readonly since: string;
    /** The version of the connected runtime. */
    readonly version: string;
  }
  | {
    /** Anything else that a log should have. */
    readonly kind: "warning";
    readonly message: string;
  };

/**
 * Receives diagnostics; a throw from it is ignored.
 *
 * @example
 * ```ts
 * import type { OnDiagnostic } from "@codex-app-server/sdk";
 *
 * const onDiagnostic: OnDiagnostic = (event) => {
 *   if (event.kind === "callbackError") console.error(event.method, event.error);
 * };
 * ```
 */
export type OnDiagnostic = (diagnostic: Diagnostic) => void;
