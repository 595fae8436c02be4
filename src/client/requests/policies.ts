/** Policies that decide on approvals without asking a person. */
import type { ApprovalRequest } from "./request_kinds.ts";
import { isReadOnlyScript } from "./read_only_script.ts";
import type { ApprovalDecision } from "./user_request.ts";

/**
 * Decides on any approval; `undefined` passes the request on to the next handler, policy or reader. It is the option
 * `approvals` of a client, a thread or a turn.
 *
 * @example
 * ```ts
 * import type { ApprovalPolicy } from "@codex-app-server/sdk";
 *
 * const onlyNotes: ApprovalPolicy = (request) =>
 *   request.kind === "fileChangeApproval" &&
 *     request.paths?.every((path) => path.startsWith(`${request.cwd}/notes/`))
 *     ? "accept"
 *     : undefined;
 * ```
 */
export type ApprovalPolicy = (
  request: ApprovalRequest,
) => ApprovalDecision | undefined | Promise<ApprovalDecision | undefined>;

/**
 * Declines everything, so that nobody after it is asked.
 *
 * @example
 * ```ts
 * import { approveReadOnly, Codex, declineAll, firstOf } from "@codex-app-server/sdk";
 *
 * const codex = new Codex({ approvals: firstOf(approveReadOnly, declineAll) });
 * ```
 */
export function declineAll(_request: ApprovalRequest): "decline" {
  return "decline";
}

/**
 * **Dangerous: approves everything.** Every command that the agent wants to run outside the sandbox runs with your rights,
 * your files, your keys and your network; every file is changed, every permission granted, every tool called. Anything the
 * agent reads on the way (a web page, an issue, a README) can make it do so. Use it only on a disposable machine, such as a
 * container without secrets.
 *
 * @example
 * ```ts
 * import { approveAll, Codex } from "@codex-app-server/sdk";
 *
 * const inAThrowAwayContainer = new Codex({ approvals: approveAll });
 * ```
 */
export function approveAll(_request: ApprovalRequest): "accept" {
  return "accept";
}

/**
 * Approves commands that only read, list or search files, and decides on nothing else. It does not trust the server's
 * classification, which is for display only: the command itself must be a plain call of a program that is known to read, such
 * as `cat`, `ls`, `rg` or `find`, or several of these joined by `|`, `&&` or `;`, without redirection, substitution, wildcards
 * outside quotes, or an option that runs or writes something. It approves no further permissions, no network and no terminal.
 *
 * It refuses what does not end, or leaves the machine: a program that would read its standard input, `tail -f`, `/dev`,
 * `/proc`, `/sys`, `/net` and `//host`, and a search of `/`. It judges words alone, so it does not see that a file is a FIFO or a
 * link to one of those places, that a folder is a network drive, or that a search takes hours.
 *
 * Such a command runs outside the sandbox and can read every file that you can read, including your keys; what it reads goes
 * to the model. The sandbox itself lets commands read as much, unless its permissions were narrowed: then do not use this
 * policy. It also trusts that `cat` is `cat`: do not use it if the agent can write to a directory of the server's `PATH`, such
 * as `node_modules/.bin` under `npm run`, or to your home, where the startup files of the shell are.
 *
 * @example
 * ```ts
 * import { approveReadOnly, type Codex, firstOf } from "@codex-app-server/sdk";
 *
 * async function review(codex: Codex): Promise<void> {
 *   const approvals = firstOf(approveReadOnly, ({ kind }) => {
 *     console.log("asked for", kind);
 *     return "decline";
 *   });
 *   await using thread = await codex.threadStart({ approvals });
 *   await thread.run("Review the last commit.");
 * }
 * ```
 */
export function approveReadOnly(request: ApprovalRequest): "accept" | undefined {
  if (request.kind !== "commandApproval") return undefined;
  const { script, cwd, actions, availableDecisions } = request;
  const isReading = actions.length > 0 && actions.every(({ type }) => READING.includes(type));
  if (script === null || !isReading || !isReadOnlyScript(script, cwd)) return undefined;
  return availableDecisions.includes("accept") ? "accept" : undefined;
}

const READING: readonly string[] = ["read", "listFiles", "search"];

/**
 * Combines policies: the first one that decides counts.
 *
 * @throws {TypeError} if one of them is not a function
 *
 * @example
 * ```ts
 * import { approveReadOnly, type Codex, declineAll, firstOf } from "@codex-app-server/sdk";
 *
 * async function start(codex: Codex): Promise<void> {
 *   await codex.threadStart({ approvals: firstOf(approveReadOnly, declineAll) });
 * }
 * ```
 */
export function firstOf(...policies: readonly ApprovalPolicy[]): ApprovalPolicy {
  for (const policy of policies) {
    if (typeof policy !== "function") {
      throw new TypeError(`A policy must be a function, got ${typeof policy}`);
    }
  }
  return async (request) => {
    for (const policy of policies) {
      const decision = await policy(request);
      // A policy may have answered through the request itself.
      if (decision !== undefined || request.state !== "open") return decision;
    }
    return undefined;
  };
}
