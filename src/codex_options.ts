/** The options of the client and of single requests. */
import { checkCallOptions } from "./client/option_names.ts";
import type { ClientOptions } from "./client/client_options.ts";
import { STDIO_OPTIONS, type StdioOptions } from "./process/stdio_options.ts";
import type { RequestOptions } from "./protocol/connection.ts";
import type { Connect } from "./transport/transport.ts";
import type { OptionNames } from "./util/option_names.ts";

/**
 * Options of {@linkcode Codex}: how the server starts and how the client behaves.
 *
 * @example
 * ```ts
 * import type { CodexOptions } from "@codex-app-server/sdk";
 *
 * const options: CodexOptions = {
 *   codexBin: "/usr/local/bin/codex",
 *   cwd: "/project",
 *   clientName: "my_editor",
 * };
 * ```
 */
export interface CodexOptions extends StdioOptions, ClientOptions {
  /**
   * Opens the connection in place of a child process; the options of that process are refused beside it. Transports such as
   * `ssh()` have their own.
   */
  readonly connect?: Connect | undefined;
}

const CODEX_OPTIONS: OptionNames<CodexOptions> = {
  ...STDIO_OPTIONS,
  connect: true,
  clientName: true,
  clientTitle: true,
  clientVersion: true,
  experimentalApi: true,
  optOutNotificationMethods: true,
  startupTimeoutMs: true,
  requestTimeoutMs: true,
  unhandled: true,
  onDiagnostic: true,
  tracing: true,
  trace: true,
  onCommandApproval: true,
  onFileChangeApproval: true,
  onPermissionsApproval: true,
  onMcpToolApproval: true,
  onUserInput: true,
  onElicitation: true,
  onExecCommandApproval: true,
  onApplyPatchApproval: true,
  approvals: true,
  handlers: true,
  approvalTimeoutMs: true,
  approvalTimeoutDecision: true,
  onTokenRefresh: true,
  onAttestation: true,
};

/**
 * Checks the names of the options of a client.
 *
 * @throws {TypeError} if the options are not an object, have an unknown name, or are for a process that `connect` replaces
 */
export function checkCodexOptions(options: CodexOptions): void {
  checkCallOptions("Codex", options, CODEX_OPTIONS);
  if (options.connect === undefined) return;
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || !Object.hasOwn(STDIO_OPTIONS, name)) continue;
    throw new TypeError(
      `"${name}" of Codex is for a child process, which "connect" replaces: set it on the transport, ` +
        "such as ssh() or command(), or leave it out",
    );
  }
}

/** The options that say how to start the server. */
export function stdioOptionsOf(options: CodexOptions): StdioOptions {
  const given = Object.entries(options).filter(([name]) => Object.hasOwn(STDIO_OPTIONS, name));
  return Object.fromEntries(given);
}

const REQUEST_OPTIONS: OptionNames<RequestOptions> = {
  signal: true,
  timeoutMs: true,
  onSent: true,
  onAbandoned: true,
  onLateResult: true,
  onLateError: true,
};

/**
 * Checks the names of the options of a request.
 *
 * @throws {TypeError} if the options are not an object or have an unknown name
 */
export function checkRequestOptions(options: RequestOptions<never>): void {
  checkCallOptions("request()", options, REQUEST_OPTIONS);
}
