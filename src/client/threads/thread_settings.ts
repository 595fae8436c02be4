/** Applies settings to a thread that is loaded: the server ignores those of a resume then. */
import { SettingsNotAppliedError } from "../../errors/thread_errors.ts";
import type { SandboxPolicy, ThreadSettingsUpdateParams } from "../../generated/types.ts";
import type { RequestOptions } from "../../protocol/connection.ts";
import { canonicalJson } from "../../util/canonical_json.ts";
import type { ClientContext } from "../client_context.ts";
import { type KeptPolicies, type Sandbox, sandboxPolicy } from "../presets.ts";
import type { OpenedThread } from "./thread_state.ts";

/** The settings of a resume: what the server can change of a loaded thread, and what it cannot. */
export interface RequestedSettings {
  /** The params of the resume. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly sandbox: Sandbox | null | undefined;
}

/** The settings that can be changed, besides the sandbox; the reply to a resume has all but the last. */
const CHANGEABLE = [
  "model",
  "serviceTier",
  "approvalPolicy",
  "approvalsReviewer",
  "cwd",
  "personality",
] as const;

/** The settings that only a thread that is being loaded takes over. */
const FIXED = ["modelProvider", "config", "baseInstructions", "developerInstructions"] as const;

/** Settings that only a thread that is being loaded takes over, as comparable text. */
export type FixedSettings = ReadonlyMap<string, string>;

/** Returns the settings among the params that only a thread that is being loaded takes over. */
export function fixedSettings(params: RequestedSettings["params"]): FixedSettings {
  const given = FIXED.filter((name) => params[name] != null);
  return new Map(given.map((name) => [name, canonicalJson(params[name])]));
}

/**
 * Refuses settings that a loaded thread cannot take over, unless it has them.
 *
 * @throws {SettingsNotAppliedError} if there are any
 */
export function refuseFixed(
  threadId: string,
  { params }: RequestedSettings,
  current: { readonly modelProvider: string },
  loadedWith: FixedSettings = new Map(),
): void {
  const fixed = [...fixedSettings(params)].filter(([name, value]) => {
    if (name === "modelProvider") return params[name] !== current[name];
    return value !== loadedWith.get(name);
  });
  if (fixed.length > 0) throw new SettingsNotAppliedError(threadId, fixed.map(([name]) => name));
}

/**
 * Returns the settings that the server has ignored, as the reply to a resume shows. It may write a `cwd` differently.
 */
export function ignoredSettings(
  opened: OpenedThread,
  { params, sandbox }: RequestedSettings,
): readonly string[] {
  const ignored: string[] = CHANGEABLE.filter((name) => {
    if (params[name] == null || name === "cwd" || name === "personality") return false;
    return canonicalJson(opened[name] ?? null) !== canonicalJson(params[name]);
  });
  if (sandbox == null) return ignored;
  const kept = new Map([[opened.sandbox?.type, opened.sandbox]]) as KeptPolicies;
  const isSame = comparable(sandboxPolicy(sandbox, kept)) === comparable(opened.sandbox ?? null);
  return isSame ? ignored : [...ignored, "sandbox"];
}

/** A policy as text; the server may write its folders without a final slash, and each only once. */
function comparable(policy: SandboxPolicy | null): string {
  if (policy?.type !== "workspaceWrite") return canonicalJson(policy);
  const roots = (policy.writableRoots ?? []).map((root) => root.replace(/(?<=.)[\\/]+$/, ""));
  return canonicalJson({ ...policy, writableRoots: [...new Set(roots)].sort() });
}

/** Changes the settings of a loaded thread (`thread/settings/update`), and returns the reply to its resume with them. */
export async function applySettings(
  context: ClientContext,
  opened: OpenedThread,
  { params, sandbox }: RequestedSettings,
  { kept, request }: {
    readonly kept: KeptPolicies | undefined;
    readonly request: Pick<RequestOptions, "signal" | "timeoutMs">;
  },
): Promise<OpenedThread> {
  const changes = Object.fromEntries(
    CHANGEABLE.filter((name) => params[name] != null).map((name) => [name, params[name]]),
  );
  const policy: { sandbox?: SandboxPolicy } = sandbox == null
    ? {}
    : { sandbox: sandboxPolicy(sandbox, kept) };
  if (Object.keys(changes).length === 0 && policy.sandbox === undefined) return opened;
  const update = {
    ...changes,
    ...(policy.sandbox === undefined ? {} : { sandboxPolicy: policy.sandbox }),
    threadId: opened.thread.id,
  } as ThreadSettingsUpdateParams;
  await context.request("thread/settings/update", update, request);
  const { personality: _, ...shown } = changes;
  return { ...opened, ...shown, ...policy } as OpenedThread;
}
