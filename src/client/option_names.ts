/** Refuses options that do not exist, and says what to use instead. */
import { isRecord } from "../util/is_record.ts";
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import { OF_TURNS, START_OPTIONS, TURN_OPTIONS } from "./agent_options.ts";
import type { CallOptions } from "./call_options.ts";

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
 * Fields that the SDK fills in from options and arguments; `extraParams` cannot have them.
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
  | "cursor"
  | "excludeTurns"
  | "input"
  | "sandbox"
  | "sandboxPolicy"
  | "searchTerm"
  | "threadId"
  | "toolOutput";

type Known = Readonly<Record<string, true>>;

const APPROVALS = 'use "approvalMode"';
const SANDBOX = 'use "sandbox" ("readOnly", "workspace" or "fullAccess")';

/** What to use instead of the fields that the SDK fills in. */
const SDK_FIELDS: Readonly<Record<SdkField, string>> = {
  approvalPolicy: APPROVALS,
  approvalsReviewer: APPROVALS,
  cursor: "every page is read",
  excludeTurns:
    'use "includeTurns"; thread.turns() and thread.items() read the history page by page',
  input: "it is the first argument",
  sandbox: SANDBOX,
  sandboxPolicy: SANDBOX,
  searchTerm: "it is the first argument",
  threadId: "a thread knows its own id",
  toolOutput: "it is an input of its own, use externalMessage(...)",
};

/** Names of other SDKs, with the option of this one. */
const RENAMED: Readonly<Record<string, string>> = {
  abortSignal: "signal",
  approvalPolicy: "approvalMode",
  instructions: "developerInstructions",
  modelReasoningEffort: "effort",
  reasoningEffort: "effort",
  responseFormat: "output",
  sandboxMode: "sandbox",
  sandboxPolicy: "sandbox",
  schema: "output",
  systemPrompt: "developerInstructions",
  timeout: "timeoutMs",
  workingDirectory: "cwd",
};

/** Names of other SDKs, with the setting that they correspond to here. */
const SETTINGS: Readonly<Record<string, string>> = {
  additionalDirectories: "sandbox_workspace_write: { writable_roots: [...] }",
  networkAccessEnabled: "sandbox_workspace_write: { network_access: true }",
  webSearchEnabled: 'web_search: "live"',
  webSearchMode: 'web_search: "live"',
};

/** Names of other SDKs, with what does the same for a client. */
const OF_CLIENT: Readonly<Record<string, string>> = {
  apiKey: "use loginApiKey()",
  codexPathOverride: 'use "codexBin"',
  config: 'use "configOverrides"',
  baseUrl: 'use "configOverrides", such as { openai_base_url: "https://..." }',
  timeout: 'use "requestTimeoutMs" or "startupTimeoutMs"',
  timeoutMs: 'use "requestTimeoutMs" or "startupTimeoutMs"',
};

/** The options of calls that have only limits. */
const CALL_OPTIONS: OptionNames<CallOptions> = { signal: true, timeoutMs: true };

/**
 * Checks the options of a call.
 *
 * @throws {TypeError} if they are not an object or have an unknown name
 */
export function checkCallOptions(of: string, options: unknown, known: Known = CALL_OPTIONS): void {
  checkOptionNames(of, options, known, hint);
}

/**
 * Checks the options of a call and merges `extraParams` into them.
 *
 * @throws {TypeError} if an option does not exist, or `extraParams` has a field that the SDK fills in or that has an option
 */
export function withExtraParams<Options extends { readonly extraParams?: unknown }>(
  of: string,
  options: Options,
  known: Known,
): Omit<Options, "extraParams"> {
  checkCallOptions(of, options, known);
  const { extraParams, ...own } = options;
  if (extraParams == null) return own;
  if (!isRecord(extraParams)) {
    throw new TypeError(`"extraParams" must be an object, got ${JSON.stringify(extraParams)}`);
  }
  for (const name of Object.keys(extraParams)) {
    const instead = Object.hasOwn(known, name)
      ? "it is an option of its own"
      : lookUp(SDK_FIELDS, name);
    if (instead !== undefined) {
      throw new TypeError(`"extraParams" of ${of} cannot have "${name}": ${instead}`);
    }
  }
  return { ...extraParams, ...own };
}

/** Says what to use instead of an unknown option; `undefined` if only its spelling can tell. */
function hint(name: string, known: Known): string | undefined {
  const renamed = lookUp(RENAMED, name);
  if (renamed !== undefined && Object.hasOwn(known, renamed)) return useOption(renamed);
  if (!CONFIGURING.some((one) => Object.hasOwn(known, one))) return undefined;
  const ofClient = Object.hasOwn(known, "configOverrides") ? lookUp(OF_CLIENT, name) : undefined;
  if (ofClient !== undefined) return ofClient;
  if (name === "skipGitRepoCheck") return "leave it out: no git repository is needed";
  const part = Object.hasOwn(known, "sandbox") ? lookUp(OF_SANDBOX, name) : undefined;
  if (part !== undefined) return `use "sandbox", such as { type: "workspaceWrite", ${part} }`;
  const setting = lookUp(SETTINGS, name);
  if (setting !== undefined) return useSetting(setting, known);
  const owner = OWNERS.find(([, names]) => Object.hasOwn(names, renamed ?? name));
  if (owner !== undefined) {
    return renamed === undefined
      ? `it is an option of ${owner[0]}`
      : `${useOption(renamed)} of ${owner[0]}`;
  }
  return lookUp(SDK_FIELDS, name);
}

/** The same settings as parts of the option `sandbox`. */
const OF_SANDBOX: Readonly<Record<string, string>> = {
  additionalDirectories: "writableRoots: [...]",
  networkAccessEnabled: "networkAccess: true",
};

/** An option of each call that configures agents: the client, a thread, a turn or a review; `summary` is one of set(). */
const CONFIGURING = ["configOverrides", "config", "whenBusy", "summary"];

/** Where to set an option that the call at hand does not have. */
const OWNERS: readonly (readonly [string, Known])[] = [
  ["threadStart()", START_OPTIONS],
  [OF_TURNS, TURN_OPTIONS],
];

function useSetting(setting: string, known: Known): string {
  const option = Object.hasOwn(known, "configOverrides")
    ? '"configOverrides"'
    : Object.hasOwn(known, "config")
    ? '"config"'
    : '"config" of threadStart()';
  return `use ${option}, such as { ${setting} }`;
}

function useOption(name: string): string {
  return name === "sandbox" ? SANDBOX : `use "${name}"`;
}

/** Looks up an own property: a name such as `constructor` has no entry. */
function lookUp(table: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
