/** Named choices for approvals and sandboxes, and what they are on the wire. */
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
  /** A reviewing agent decides, and the client is not asked; the default of new threads without handlers of approvals. */
  readonly autoReview: "autoReview";
  /** Nothing beyond the sandbox is allowed. */
  readonly denyAll: "denyAll";
  /**
   * The client is asked: its handlers, policies and readers of requests; where there is none, the answer is no. The default
   * of a new thread when a handler of approvals or a policy is given to it or to the client.
   */
  readonly ask: "ask";
  /** Nothing is sent: the configuration of the server or the stored thread decides. */
  readonly inherit: "inherit";
} = { autoReview: "autoReview", denyAll: "denyAll", ask: "ask", inherit: "inherit" };

/** One of the approval modes. */
export type ApprovalMode = typeof ApprovalMode[keyof typeof ApprovalMode];

/**
 * What the agent's commands may touch without an approval.
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
  /** Commands read files and change nothing. */
  readonly readOnly: "readOnly";
  /**
   * Commands write in the working directory. **Given together with `cwd`, it makes a git repository a trusted project for
   * good**: the server writes that into the `config.toml` of its home, and from then on takes the project's own
   * `.codex/config.toml`, with the hooks and MCP servers in it.
   */
  readonly workspace: "workspace";
  /** Commands do what the user may do, without a sandbox; a git repository in `cwd` becomes a trusted project as well. */
  readonly fullAccess: "fullAccess";
} = { readOnly: "readOnly", workspace: "workspace", fullAccess: "fullAccess" };

/** One of the sandboxes. */
export type Sandbox = typeof Sandbox[keyof typeof Sandbox];

/** The approval fields of the wire. */
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
 * The approval fields of a mode; none for `undefined`.
 *
 * @throws {TypeError} when the value is no approval mode
 */
export function approvalParams(mode: ApprovalMode | null | undefined): ApprovalParams {
  return mode == null ? {} : choose("approvalMode", APPROVAL_PARAMS, mode);
}

/**
 * The sandbox mode of a preset, as threads take it.
 *
 * @throws {TypeError} when the value is no preset
 */
export function sandboxMode(sandbox: Sandbox): SandboxMode {
  return choose("sandbox", SANDBOX_MODES, sandbox);
}

/**
 * The sandbox policy of a preset, as turns take it.
 *
 * @throws {TypeError} when the value is no preset
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
