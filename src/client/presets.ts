/** Presets for approvals and sandboxes, and their wire form. */
import type {
  ApprovalsReviewer,
  AskForApproval,
  SandboxMode,
  SandboxPolicy,
} from "../generated/types.ts";
import { isRecord } from "../util/is_record.ts";

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
  /** The same as `workspace`; see {@linkcode WorkspaceSandbox} for network access and other writable folders. */
  readonly workspaceWrite: "workspaceWrite";
  /** Commands run without a sandbox, with the user's rights; a git repository in `cwd` also becomes a trusted project. */
  readonly fullAccess: "fullAccess";
} = {
  readOnly: "readOnly",
  workspace: "workspace",
  workspaceWrite: "workspaceWrite",
  fullAccess: "fullAccess",
};

/** One of the sandboxes. */
export type Sandbox = typeof Sandbox[keyof typeof Sandbox] | WorkspaceSandbox;

/**
 * `Sandbox.workspace` with more than the working directory, as the protocol names it. Omitted fields keep
 * the thread's values; a new thread has the defaults.
 *
 * @example
 * ```ts
 * import type { Codex, Thread } from "@codex-app-server/sdk";
 * import type { WorkspaceSandbox } from "@codex-app-server/sdk/types";
 *
 * const withNetwork: WorkspaceSandbox = { type: "workspaceWrite", networkAccess: true };
 *
 * async function install(codex: Codex, cwd: string): Promise<Thread> {
 *   return await codex.threadStart({ cwd, sandbox: withNetwork });
 * }
 * ```
 */
export interface WorkspaceSandbox {
  /** Discriminates the protocol's policies. */
  readonly type: "workspaceWrite";
  /**
   * Whether commands may use the network.
   *
   * @default {false}
   */
  readonly networkAccess?: boolean | undefined;
  /**
   * Absolute paths of folders besides the working directory in which commands may write.
   *
   * @default {[]}
   */
  readonly writableRoots?: readonly string[] | undefined;
  /**
   * Whether the folder that `TMPDIR` names is not writable.
   *
   * @default {false}
   */
  readonly excludeTmpdirEnvVar?: boolean | undefined;
  /**
   * Whether `/tmp` is not writable.
   *
   * @default {false}
   */
  readonly excludeSlashTmp?: boolean | undefined;
}

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

const SANDBOX_MODES: Readonly<Record<Exclude<Sandbox, WorkspaceSandbox>, SandboxMode>> = {
  readOnly: "read-only",
  workspace: "workspace-write",
  workspaceWrite: "workspace-write",
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
 * Returns the sandbox mode of a sandbox, for requests about threads; `sandboxConfig` has the rest of it.
 *
 * @throws {TypeError} if the value is not a sandbox
 */
export function sandboxMode(sandbox: Sandbox): SandboxMode {
  if (!isWorkspace(sandbox)) return choose("sandbox", SANDBOX_MODES, sandbox as string);
  checkWorkspace(sandbox);
  return "workspace-write";
}

/**
 * Returns the policy of a sandbox, for requests about turns and commands. `kept` are policies that the thread has had: what
 * the sandbox leaves open, such as network access, stays as in the one of the same type.
 *
 * @throws {TypeError} if the value is not a sandbox
 */
export function sandboxPolicy(sandbox: Sandbox, kept?: KeptPolicies): SandboxPolicy {
  switch (sandboxMode(sandbox)) {
    case "read-only":
      return { networkAccess: false, ...kept?.get("readOnly"), type: "readOnly" } as SandboxPolicy;
    case "workspace-write":
      return {
        writableRoots: [],
        networkAccess: false,
        excludeTmpdirEnvVar: false,
        excludeSlashTmp: false,
        ...kept?.get("workspaceWrite"),
        ...(isWorkspace(sandbox) ? given(sandbox) : {}),
        type: "workspaceWrite",
      } as SandboxPolicy;
    case "danger-full-access":
      return { type: "dangerFullAccess" };
  }
}

/** The last policy of a thread of each type. */
export type KeptPolicies = ReadonlyMap<string, SandboxPolicy>;

/** The names in `config.toml`. */
const CONFIG_NAMES: Readonly<Record<Exclude<keyof WorkspaceSandbox, "type">, string>> = {
  networkAccess: "network_access",
  writableRoots: "writable_roots",
  excludeTmpdirEnvVar: "exclude_tmpdir_env_var",
  excludeSlashTmp: "exclude_slash_tmp",
};

/** Returns the configuration of a thread with what a sandbox has besides its mode, which has no field in the request. */
export function sandboxConfig(
  sandbox: Sandbox,
  config: Readonly<Record<string, unknown>> | null | undefined,
): Readonly<Record<string, unknown>> | null | undefined {
  if (!isWorkspace(sandbox)) return config;
  const { type: _, ...own } = given(sandbox);
  if (Object.keys(own).length === 0) return config;
  const table = "sandbox_workspace_write";
  const merged: Record<string, unknown> = { ...config };
  const workspace: Record<string, unknown> = isRecord(merged[table]) ? { ...merged[table] } : {};
  for (const [name, value] of Object.entries(own)) {
    const key = CONFIG_NAMES[name as keyof typeof CONFIG_NAMES];
    delete merged[`${table}.${key}`];
    workspace[key] = value;
  }
  return { ...merged, [table]: workspace };
}

function isWorkspace(sandbox: Sandbox): sandbox is WorkspaceSandbox {
  return isRecord(sandbox) && sandbox.type === "workspaceWrite";
}

/** The fields that are given. */
function given(sandbox: WorkspaceSandbox): Partial<WorkspaceSandbox> {
  return Object.fromEntries(Object.entries(sandbox).filter(([, value]) => value !== undefined));
}

function checkWorkspace(sandbox: WorkspaceSandbox): void {
  for (const [name, value] of Object.entries(given(sandbox))) {
    if (name === "type") continue;
    if (!Object.hasOwn(CONFIG_NAMES, name)) {
      const known = Object.keys(CONFIG_NAMES).map((one) => `"${one}"`).join(", ");
      throw new TypeError(`"sandbox" cannot have "${name}", only ${known}`);
    }
    const isValid = name === "writableRoots"
      ? Array.isArray(value) && value.every((path) => typeof path === "string" && path !== "")
      : typeof value === "boolean";
    if (isValid) continue;
    const wanted = name === "writableRoots" ? "an array of paths" : "true or false";
    throw new TypeError(`"${name}" of "sandbox" must be ${wanted}, got ${JSON.stringify(value)}`);
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
