/** The approvals of commands, file changes and permissions. */
import { DecisionNotOfferedError } from "../../errors/request_errors.ts";
import type {
  CommandAction,
  CommandExecutionApprovalDecision,
  CommandExecutionRequestApprovalResponse,
  FileChangeApprovalDecision,
  FileChangeRequestApprovalResponse,
  FileUpdateChange,
  GrantedPermissionProfile,
  PermissionsRequestApprovalResponse,
  RequestPermissionProfile,
} from "../../generated/types.ts";
import { canonicalJson } from "../../util/canonical_json.ts";
import { isRecord } from "../../util/is_record.ts";
import { shellScript } from "./shell_script.ts";
import { changedPaths, type ReadLink, resolvePaths, type TouchedPaths } from "./touched_paths.ts";
import {
  APPROVAL_DECISIONS,
  ApprovalBase,
  type ApprovalDecision,
  checkDecision,
  decisionIn,
  type UserRequestJson,
} from "./user_request.ts";

/** The decisions that are more than one word. */
const AMENDMENTS = ["acceptWithExecpolicyAmendment", "applyNetworkPolicyAmendment"] as const;

type RuleDecision = Extract<
  CommandExecutionApprovalDecision,
  { acceptWithExecpolicyAmendment: unknown }
>;

/** A placeholder for a rule that was not proposed; the server must never receive it. */
const NO_RULE: RuleDecision = { acceptWithExecpolicyAmendment: { execpolicy_amendment: [] } };

/**
 * The agent wants to run a command beyond what the sandbox allows, to write to a terminal that runs outside it, or to access
 * the network (`item/commandExecution/requestApproval`).
 *
 * @example
 * ```ts
 * import { type Codex, printable } from "@codex-app-server/sdk";
 *
 * async function start(codex: Codex): Promise<void> {
 *   await codex.threadStart({
 *     onCommandApproval: ({ command, cwd, reason }) =>
 *       confirm(printable(`Run ${JSON.stringify({ command, cwd, reason })}?`)) ? "accept" : "decline",
 *   });
 * }
 * ```
 */
export class CommandApproval extends ApprovalBase<
  "item/commandExecution/requestApproval",
  CommandExecutionApprovalDecision | CommandExecutionRequestApprovalResponse
> {
  /** The discriminant of this kind of request. */
  readonly kind = "commandApproval" as const;

  /**
   * The command line, including the shell that runs it: `/bin/bash -lc 'npm test'`; `null` if the request is about something
   * else, such as the network.
   */
  get command(): string | null {
    return this.params.command ?? null;
  }

  /**
   * The script that the shell runs, as the agent wrote it: `npm test`. Show it, or compare it as a whole: a script that merely
   * starts with the same words can do anything. `null` if this is not a plain call of a POSIX shell, or asks for more than a
   * command.
   */
  get script(): string | null {
    const { kind, networkApprovalContext, additionalPermissions } = this.params;
    const { proposedNetworkPolicyAmendments: amendments } = this.params;
    const isMore = networkApprovalContext != null || additionalPermissions != null ||
      (amendments != null && !(Array.isArray(amendments) && amendments.length === 0));
    const { command } = this;
    if (kind !== "command" || isMore || typeof command !== "string") return null;
    return shellScript(command) ?? null;
  }

  /** The working directory of the command. */
  get cwd(): string | null {
    return this.params.cwd ?? null;
  }

  /** The reason, in the words of the agent or the server. */
  get reason(): string | null {
    return this.params.reason ?? null;
  }

  /**
   * How the server classifies the command, for display only: it may ignore what follows a `|`, so that `cat a | xargs rm` is
   * a `read`.
   */
  get actions(): readonly CommandAction[] {
    return recordsIn(this.params.commandActions);
  }

  /** The decisions the server offers; every {@linkcode ApprovalDecision} if it lists none. Declining and cancelling are always allowed. */
  get availableDecisions(): readonly CommandExecutionApprovalDecision[] {
    const { availableDecisions: offered } = this.params;
    if (offered == null) return APPROVAL_DECISIONS;
    return Array.isArray(offered) ? offered : []; // whatever this is, it offers nothing
  }

  /** The command prefix that {@linkcode approveWithRule} allows, to show beforehand; `null` if the server proposes no rule. */
  get proposedRule(): readonly string[] | null {
    return this.#ruleOffer?.acceptWithExecpolicyAmendment?.execpolicy_amendment ?? null;
  }

  /**
   * Approves the command and every later one that starts with the words of `proposedRule`, in all threads and permanently: the
   * server stores the rule in its home.
   *
   * @throws {RequestSettledError} if the request has already been answered or withdrawn
   * @throws {DecisionNotOfferedError} if the server proposed no rule
   */
  approveWithRule(): void {
    this.answer(this.#ruleOffer ?? NO_RULE);
  }

  get #ruleOffer(): RuleDecision | undefined {
    const { availableDecisions, proposedExecpolicyAmendment: rule } = this.params;
    // A server that lists no decisions may still propose a rule.
    const proposed = rule == null
      ? []
      : [{ acceptWithExecpolicyAmendment: { execpolicy_amendment: rule } }];
    const offers = availableDecisions == null ? proposed : this.availableDecisions;
    return offers.find((decision): decision is RuleDecision =>
      isRecord(decision) && "acceptWithExecpolicyAmendment" in decision
    );
  }

  /** @ignore */
  protected override resultOf(
    answer: CommandExecutionApprovalDecision | CommandExecutionRequestApprovalResponse,
  ): CommandExecutionRequestApprovalResponse {
    const { availableDecisions } = this;
    const decision = decisionIn(answer);
    if (!isRecord(decision) || !AMENDMENTS.some((name) => isRecord(decision[name]))) {
      checkDecision(this.method, decision, availableDecisions);
      return { decision };
    }
    // If the server lists no decisions, only it can check a rule; an empty one would allow everything.
    const isOffered = this.params.availableDecisions == null
      ? canonicalJson(decision) !== canonicalJson(NO_RULE)
      : availableDecisions.some((offer) => canonicalJson(offer) === canonicalJson(decision));
    if (!isOffered) throw new DecisionNotOfferedError(this.method, decision, availableDecisions);
    return { decision: decision as CommandExecutionApprovalDecision };
  }
}

/**
 * The agent wants to change files beyond what the sandbox allows (`item/fileChange/requestApproval`). The request does not
 * contain the changes: they come from its item, which the client has seen before. A change can move a file, and its path can
 * be a symbolic link: decide by `paths`, not by the `path` of each change.
 *
 * @example
 * ```ts
 * import { type FileChangeApproval, printable } from "@codex-app-server/sdk";
 *
 * function onFileChangeApproval(approval: FileChangeApproval): "accept" | "decline" {
 *   const { changes, paths, cwd } = approval;
 *   if (changes === null || paths === null) return "decline"; // unknown changes
 *   for (const { path, kind, diff } of changes) console.log(printable(`${kind.type} ${path}\n${diff}`));
 *   return paths.every((path) => path.startsWith(`${cwd}/notes/`)) ? "accept" : "decline";
 * }
 * ```
 */
export class FileChangeApproval extends ApprovalBase<
  "item/fileChange/requestApproval",
  FileChangeApprovalDecision | FileChangeRequestApprovalResponse
> {
  /** The discriminant of this kind of request. */
  readonly kind = "fileChangeApproval" as const;
  #resolved: { readonly changes: unknown; readonly touched: TouchedPaths | null } | undefined;

  /**
   * The changes, each a file with its diff; `null` if the client has not seen the item, for example because the turn started
   * before this client connected, or because it opted out of `item/started`.
   */
  get changes(): readonly FileUpdateChange[] | null {
    const { item } = this;
    return item?.type === "fileChange" && Array.isArray(item.changes) ? item.changes : null;
  }

  /** What was resolved, unless the item has other changes by now. */
  get #touched(): TouchedPaths | null {
    return this.#resolved?.changes === this.changes ? this.#resolved?.touched ?? null : null;
  }

  /**
   * Every path that the changes touch, absolute and with symbolic links resolved: files, the targets of moves and links, and
   * `grantRoot`. Decide by these, compared with {@linkcode cwd}. `null` if not all of them are known: without
   * {@linkcode changes}, or if the links cannot be read because the server runs elsewhere or Deno may not read them. Hard
   * links, and links made after the request, are not detected.
   */
  get paths(): readonly string[] | null {
    return this.#touched?.paths ?? null;
  }

  /** The working directory of the thread with symbolic links resolved, to compare {@linkcode paths} with; `null` if unknown. */
  get cwd(): string | null {
    return this.#touched?.cwd ?? null;
  }

  /** The reason; `null` without one. */
  get reason(): string | null {
    return this.params.reason ?? null;
  }

  /** The directory that the agent wants to write to from now on, if it asks for more than this change. */
  get grantRoot(): string | null {
    return this.params.grantRoot ?? null;
  }

  /** @ignore */
  override prepare(readLink: ReadLink | undefined): Promise<void> | undefined {
    const { changes, grantRoot, signal, thread } = this;
    if (changes === null || readLink === undefined) return undefined;
    const named = changedPaths(changes.map((change) => [change?.path, change?.kind]));
    if (grantRoot !== null) named.push(grantRoot);
    const cwd = thread?.settings.cwd ?? null;
    return resolvePaths(named, { cwd, readLink, signal }).then((touched) => {
      this.#resolved = { changes, touched };
    });
  }

  /** Returns what `JSON.stringify()` writes, with the {@linkcode paths}. */
  override toJSON(): UserRequestJson<"item/fileChange/requestApproval"> {
    return { ...super.toJSON(), paths: this.paths };
  }

  /** The decisions that the request allows. */
  get availableDecisions(): readonly FileChangeApprovalDecision[] {
    return APPROVAL_DECISIONS;
  }

  /** @ignore */
  protected override resultOf(
    answer: FileChangeApprovalDecision | FileChangeRequestApprovalResponse,
  ): FileChangeRequestApprovalResponse {
    const decision = decisionIn(answer);
    checkDecision(this.method, decision, this.availableDecisions);
    return { decision };
  }
}

const PERMISSION_DECISIONS: readonly ApprovalDecision[] = ["accept", "acceptForSession", "decline"];

/**
 * The agent asks for permissions beyond those of the sandbox: network or paths (`item/permissions/requestApproval`).
 * Approving grants everything it asks for; an answer with `permissions` grants a part.
 *
 * @example
 * ```ts
 * import type { PermissionsApproval } from "@codex-app-server/sdk";
 *
 * function onPermissionsApproval(approval: PermissionsApproval): void {
 *   const { network, fileSystem } = approval.permissions;
 *   if (fileSystem !== null) approval.decline();
 *   else approval.answer({ permissions: network === null ? {} : { network }, scope: "turn" });
 * }
 * ```
 */
export class PermissionsApproval extends ApprovalBase<
  "item/permissions/requestApproval",
  PermissionsRequestApprovalResponse
> {
  /** The discriminant of this kind of request. */
  readonly kind = "permissionsApproval" as const;

  /** The permissions the agent asks for. */
  get permissions(): RequestPermissionProfile {
    const { network = null, fileSystem = null } = this.params.permissions ?? {};
    return { network, fileSystem };
  }

  /** The directory that relative paths resolve against. */
  get cwd(): string | null {
    return this.params.cwd ?? null;
  }

  /** The reason for the request. */
  get reason(): string | null {
    return this.params.reason ?? null;
  }

  /** The one-word decisions that the request allows. */
  get availableDecisions(): readonly ApprovalDecision[] {
    return PERMISSION_DECISIONS;
  }

  /** @ignore */
  protected override resultOf(
    answer: ApprovalDecision | PermissionsRequestApprovalResponse,
  ): PermissionsRequestApprovalResponse {
    if (isRecord(answer) && isRecord(answer.permissions)) {
      return answer as PermissionsRequestApprovalResponse;
    }
    checkDecision(this.method, answer, PERMISSION_DECISIONS);
    const isGranted = answer === "accept" || answer === "acceptForSession";
    return {
      permissions: isGranted ? this.#all() : {},
      scope: answer === "acceptForSession" ? "session" : "turn",
    };
  }

  #all(): GrantedPermissionProfile {
    const { network, fileSystem } = this.permissions;
    return {
      ...(network === null ? {} : { network }),
      ...(fileSystem === null ? {} : { fileSystem }),
    };
  }
}

/** Returns an array of objects; empty for any other value. */
function recordsIn<T>(given: readonly T[] | null | undefined): readonly T[] {
  return !Array.isArray(given) || given.some((part) => !isRecord(part)) ? [] : given;
}
