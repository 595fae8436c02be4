/** The approval of permissions. */
import type {
  GrantedPermissionProfile,
  PermissionsRequestApprovalResponse,
  RequestPermissionProfile,
} from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import { ApprovalBase, type ApprovalDecision, checkDecision } from "./approval.ts";

const DECISIONS: readonly ApprovalDecision[] = ["accept", "acceptForSession", "decline"];

/**
 * The agent asks for permissions beyond those of the sandbox: the network, or paths (`item/permissions/requestApproval`).
 * To approve grants all that is asked for; an answer with `permissions` grants a part of it.
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
  /** Tells this kind of request from the others. */
  readonly kind = "permissionsApproval" as const;

  /** What is asked for. */
  get permissions(): RequestPermissionProfile {
    const { network = null, fileSystem = null } = this.params.permissions ?? {};
    return { network, fileSystem };
  }

  /** The directory that relative paths start from. */
  get cwd(): string | null {
    return this.params.cwd ?? null;
  }

  /** Why it is asked. */
  get reason(): string | null {
    return this.params.reason ?? null;
  }

  /** What can be decided in one word. */
  get availableDecisions(): readonly ApprovalDecision[] {
    return DECISIONS;
  }

  /** @ignore */
  protected override resultOf(
    answer: ApprovalDecision | PermissionsRequestApprovalResponse,
  ): PermissionsRequestApprovalResponse {
    if (isRecord(answer) && isRecord(answer.permissions)) {
      return answer as PermissionsRequestApprovalResponse;
    }
    checkDecision(this.method, answer, DECISIONS);
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
