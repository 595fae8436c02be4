/** Problems that the SDK survived; reported to `onDiagnostic`, never printed. */

/**
 * An event worth logging; discriminated by `kind`.
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
    /** A line of the peer's output was not a JSON-RPC message and was skipped. */
    readonly kind: "malformedMessage";
    /**
     * The start of the line, at most 200 characters, with secrets redacted. Not enumerable, so a log of the diagnostic
     * does not contain it: read it by name.
     */
    readonly excerpt: string;
    /** How many such lines this connection has received. */
    readonly count: number;
  }
  | {
    /** A reply arrived that matches no pending request. */
    readonly kind: "unmatchedResponse";
    readonly id: string | number | null;
  }
  | {
    /** The server sent a request that nobody handled; it was declined. */
    readonly kind: "unhandledRequest";
    readonly method: string;
  }
  | {
    /**
     * An approval handler or policy was set where the server never asks this client, so it will not be called.
     * Reported once per thread.
     */
    readonly kind: "unreachableHandler";
    readonly threadId: string;
    /** Who decides instead: a reviewing agent, or nobody, as in every review. */
    readonly approvalMode: "autoReview" | "denyAll";
  }
  | {
    /** A handler, listener or hook of the caller threw; the connection continues. */
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
    /** A request has a field that the connected runtime is too old to support and ignores. Reported once per field. */
    readonly kind: "ignoredField";
    readonly method: string;
    /** The path of the field in the params, such as `"toolOutput.retain"`. */
    readonly field: string;
    /** The first version of Codex known to support the field. */
    readonly since: string;
    /** The version of the connected runtime. */
    readonly version: string;
  }
  | {
    /** The server gave a cursor of a list for the second time; the list ends there and may be incomplete. */
    readonly kind: "repeatedCursor";
    readonly method: string;
    readonly cursor: string;
  }
  | {
    /**
     * The links on the way to a changed file cannot be read, so the `paths` of the approval are `null`. Reported once. Under
     * Deno, `error` is a `PermissionError` that names the missing flag.
     */
    readonly kind: "unresolvedPaths";
    readonly error: unknown;
  }
  | {
    /** Anything else worth logging. */
    readonly kind: "warning";
    readonly message: string;
  };

/**
 * Receives diagnostics; an error thrown by it is ignored.
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
