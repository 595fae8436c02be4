/** Refuses options that do not exist, and says which one was meant. */
import { isRecord } from "../util/is_record.ts";

/**
 * Fields of a request that have no option of their own: experimental ones, and those of a newer Codex.
 *
 * @example
 * ```ts
 * import type { ThreadStartOptions } from "@codex-app-server/sdk";
 *
 * const options: ThreadStartOptions = { extraParams: { historyMode: "paginated" } };
 * ```
 */
export type ExtraParams<Params, Declared extends PropertyKey> =
  & { readonly [Name in Exclude<keyof Params, Declared>]?: Params[Name] | undefined }
  & { readonly [name: string]: unknown };

/**
 * Fields that the SDK sets itself; they are neither options nor `extraParams`.
 *
 * @example
 * ```ts
 * import type { SdkField } from "@codex-app-server/sdk/types";
 *
 * const field: SdkField = "threadId";
 * ```
 */
export type SdkField =
  | "approvalPolicy"
  | "approvalsReviewer"
  | "excludeTurns"
  | "input"
  | "sandbox"
  | "sandboxPolicy"
  | "threadId"
  | "toolOutput";

const APPROVALS = 'use "approvalMode"';
const SANDBOX = 'use "sandbox" ("readOnly", "workspace" or "fullAccess")';
const CONFIG = 'use "config", such as config: { ';

/** What to use in the place of fields that are no options. */
const SDK_FIELDS: Readonly<Record<SdkField, string>> = {
  approvalPolicy: APPROVALS,
  approvalsReviewer: APPROVALS,
  excludeTurns: "thread.turns() and thread.items() read the history",
  input: "it is the first argument",
  sandbox: SANDBOX,
  sandboxPolicy: SANDBOX,
  threadId: "it is the thread's own",
  toolOutput: 'it cannot be sent with an input; send it with codex.request("turn/start", ...)',
};

/** The same for names of `@openai/codex-sdk` and of other SDKs. */
const FOREIGN: Readonly<Record<string, string>> = {
  sandboxMode: SANDBOX,
  workingDirectory: 'use "cwd"',
  modelReasoningEffort: 'use "effort" of run() and turn()',
  reasoningEffort: 'use "effort" of run() and turn()',
  networkAccessEnabled: `${CONFIG}sandbox_workspace_write: { network_access: true } }`,
  additionalDirectories: `${CONFIG}sandbox_workspace_write: { writable_roots: [...] } }`,
  webSearchMode: `${CONFIG}web_search: "live" }`,
  webSearchEnabled: `${CONFIG}web_search: "live" }`,
  skipGitRepoCheck: "leave it out; the app-server does not need a git repository",
  timeout: 'use "timeoutMs"',
  abortSignal: 'use "signal"',
  instructions: 'use "developerInstructions" or "baseInstructions" of the thread',
  systemPrompt: 'use "developerInstructions" or "baseInstructions" of the thread',
  responseFormat: 'use "output"',
  schema: 'use "output"',
};

/**
 * Returns the options with `extraParams` merged into them.
 *
 * @throws {TypeError} if an option does not exist, or `extraParams` has what is set by an option
 */
export function withExtraParams<Options extends { readonly extraParams?: unknown }>(
  of: string,
  { extraParams, ...own }: Options,
  known: Readonly<Record<string, true>>,
): Omit<Options, "extraParams"> {
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined || Object.hasOwn(known, name)) continue;
    throw new TypeError(`Unknown option "${name}" of ${of}: ${remedy(name, known)}`);
  }
  if (extraParams == null) return own;
  if (!isRecord(extraParams)) {
    throw new TypeError(`"extraParams" must be an object, got ${JSON.stringify(extraParams)}`);
  }
  for (const name of Object.keys(extraParams)) {
    const instead = Object.hasOwn(SDK_FIELDS, name)
      ? SDK_FIELDS[name as SdkField]
      : Object.hasOwn(known, name)
      ? "it is an option of its own"
      : undefined;
    if (instead !== undefined) {
      throw new TypeError(`"extraParams" of ${of} cannot have "${name}": ${instead}`);
    }
  }
  return { ...extraParams, ...own };
}

function remedy(name: string, known: Readonly<Record<string, true>>): string {
  if (Object.hasOwn(SDK_FIELDS, name)) return SDK_FIELDS[name as SdkField];
  if (Object.hasOwn(FOREIGN, name)) return FOREIGN[name] ?? "";
  const near = nearest(name, Object.keys(known));
  if (near !== undefined) return `did you mean "${near}"?`;
  return 'fields of the protocol that have no option go into "extraParams"';
}

/** The name that differs in case, separators or up to two letters. */
function nearest(name: string, names: readonly string[]): string | undefined {
  const wanted = plain(name);
  return names.find((one) => plain(one) === wanted) ??
    names.find((one) => one.length > 4 && distance(plain(one), wanted) <= 2);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, "");
}

/** How many letters have to be put in, left out or replaced to get from one word to the other. */
function distance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > 2) return 3;
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
