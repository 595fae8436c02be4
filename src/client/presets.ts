/** Presets for approvals and sandboxes, and their wire form. */
import type {
  ApprovalsReviewer,
  AskForApproval,
  SandboxMode,
  SandboxPolicy,
} from "../generated/types.ts";

/**
 * Who decides when the agent wants to do more than the sandbox allows.
 *
 * @example
 * ```ts
 * import { ApprovalMode, type Codex } from "@codex-app-server/sdk";
 *
 * async function start(codex: Codex): Promise<void> {
 *   await codex.threadStart({ approvalMode: ApprovalMode.denyAll });
 * }
 * ```
 */
export const ApprovalMode: {
  /** A reviewing agent decides and the client is not asked; the default for new threads without approval handlers. */
  readonly autoReview: "autoReview";
  /** Everything beyond the sandbox is denied. */
  readonly denyAll: "denyAll";
  /**
   * The client is asked: its handlers, policies and request streams; without any, requests are declined. The default for a
   * new thread if it or the client has an approval handler or a policy.
   */
  readonly ask: "ask";
  /** Sends nothing: the server's configuration or the stored thread decides. */
  readonly inherit: "inherit";
} = { autoReview: "autoReview", denyAll: "denyAll", ask: "ask", inherit: "inherit" };

/** One of the approval modes. */
export type ApprovalMode = typeof ApprovalMode[keyof typeof ApprovalMode];

/**
 * What the agent's commands may access without an approval.
 *
 * @example
 * ```ts
 * import { type Codex, Sandbox } from "@codex-app-server/sdk";
 *
 * async function start(codex: Codex): Promise<void> {
 *   await codex.threadStart({ sandbox: Sandbox.readOnly });
 * }
 * ```
 */
export const Sandbox: {
  /** Commands can read files but not write. */
  readonly readOnly: "readOnly";
  /**
   * Commands can write in the working directory. **Together with `cwd`, it permanently marks a git repository as a trusted
   * project**: the server records that in the `config.toml` of its home, and from then on applies the project's own
   * `.codex/config.toml`, including its hooks and MCP servers.
   */
  readonly workspace: "workspace";
  /** Commands run without a sandbox, with the user's rights; a git repository in `cwd` also becomes a trusted project. */
  readonly fullAccess: "fullAccess";
} = { readOnly: "readOnly", workspace: "workspace", fullAccess: "fullAccess" };

/** One of the sandboxes. */
export type Sandbox = typeof Sandbox[keyof typeof Sandbox];

/** The wire's approval fields. */
export interface ApprovalParams {
  readonly approvalPolicy?: AskForApproval;
  readonly approvalsReviewer?: ApprovalsReviewer;
}

const APPROVAL_PARAMS: Readonly<Record<ApprovalMode, ApprovalParams>> = {
  autoReview: { approvalPolicy: "on-request", approvalsReviewer: "auto_review" },
  denyAll: { approvalPolicy: "never" },
  ask: { approvalPolicy: "on-request", approvalsReviewer: "user" },
  inherit: {},
};

const SANDBOX_MODES: Readonly<Record<Sandbox, SandboxMode>> = {
  readOnly: "read-only",
  workspace: "workspace-write",
  fullAccess: "danger-full-access",
};

/**
 * Returns the approval fields of a mode; none for `undefined`.
 *
 * @throws {TypeError} if the value is not an approval mode
 */
export function approvalParams(mode: ApprovalMode | null | undefined): ApprovalParams {
  return mode == null ? {} : choose("approvalMode", APPROVAL_PARAMS, mode);
}

/**
 * Returns the sandbox mode of a preset, for requests about threads.
 *
 * @throws {TypeError} if the value is not a preset
 */
export function sandboxMode(sandbox: Sandbox): SandboxMode {
  return choose("sandbox", SANDBOX_MODES, sandbox);
}

/**
 * Returns the sandbox policy of a preset, for requests about turns and commands.
 *
 * @throws {TypeError} if the value is not a preset
 */
export function sandboxPolicy(sandbox: Sandbox): SandboxPolicy {
  switch (sandboxMode(sandbox)) {
    case "read-only":
      return { type: "readOnly", networkAccess: false };
    case "workspace-write":
      return {
        type: "workspaceWrite",
        writableRoots: [],
        networkAccess: false,
        excludeTmpdirEnvVar: false,
        excludeSlashTmp: false,
      };
    case "danger-full-access":
      return { type: "dangerFullAccess" };
  }
}

function choose<Value>(
  option: string,
  choices: Readonly<Record<string, Value>>,
  name: string,
): Value {
  if (typeof name === "string" && Object.hasOwn(choices, name)) return choices[name] as Value;
  const known = Object.keys(choices).map((choice) => `"${choice}"`).join(", ");
  throw new TypeError(`"${option}" must be one of ${known}, got ${JSON.stringify(name)}`);
}
