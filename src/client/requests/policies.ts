/** Named policies: what is decided without asking a person. */
import type { ApprovalDecision } from "./approval.ts";
import { isReadOnlyScript } from "./read_only_script.ts";
import type { ApprovalRequest } from "./user_request.ts";

/**
 * Decides on whatever the agent wants to do; `undefined` leaves the request to the next handler, policy or reader. Given
 * as `approvals` to a client, a thread or a turn.
 *
 * @example
 * ```ts
 * import type { ApprovalPolicy } from "@codex-app-server/sdk";
 *
 * const onlyTests: ApprovalPolicy = (request) =>
 *   request.kind === "commandApproval" && request.script === "npm test" ? "accept" : undefined;
 * ```
 */
export type ApprovalPolicy = (
  request: ApprovalRequest,
) => ApprovalDecision | undefined | Promise<ApprovalDecision | undefined>;

/**
 * Declines everything, and asks nobody behind it.
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
 * **Dangerous: approves everything.** Each command that the agent wants to run outside the sandbox runs, with your rights,
 * your files, your keys and your network; each file is changed; each permission granted; each tool called. What the agent
 * reads on the way (a web page, an issue, a README) can make it do so. Only for a machine that you can throw away, such as a
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
 * Approves commands that only read, list or search files, and decides on nothing else. It does not trust the server's word
 * for that, which is made to be shown: the command itself must be a plain call of a program that is known to read, such as
 * `cat`, `ls`, `rg` or `find`, or a `|`, `&&` or `;` of such, without redirection, substitution, wildcards outside of
 * quotes, or an option that runs or writes something. No permissions beyond that, no network, no terminal.
 *
 * Such a command runs outside the sandbox and may read every file that you may read, your keys as well; what it reads goes
 * to the model. The sandbox itself lets commands read as much, unless its permissions were narrowed: then do not use this.
 * And it trusts that `cat` is `cat`: do not use this where the agent may write in a folder of the server's `PATH`, as
 * `node_modules/.bin` is under `npm run`, or in your home, where the start-up files of the shell are.
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
  const { script, actions, availableDecisions } = request;
  const isReading = actions.length > 0 && actions.every(({ type }) => READING.includes(type));
  if (script === null || !isReading || !isReadOnlyScript(script)) return undefined;
  return availableDecisions.includes("accept") ? "accept" : undefined;
}

const READING: readonly string[] = ["read", "listFiles", "search"];

/**
 * Makes one policy of several: the first that decides counts.
 *
 * @throws {TypeError} when one of them is no function
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
      // A policy may have answered by the request itself.
      if (decision !== undefined || request.state !== "open") return decision;
    }
    return undefined;
  };
}
