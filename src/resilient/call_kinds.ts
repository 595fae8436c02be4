/** What becomes of a request that was on its way when the connection was lost. */

/** Requests that change nothing, beside those whose names end in `read`, `list` or `get`. */
const READS: ReadonlySet<string> = new Set([
  "app/installed",
  "environment/info",
  "environment/status",
  "externalAgentConfig/detect",
  "externalAgentConfig/import/readHistories",
  "fs/getMetadata",
  "fs/readDirectory",
  "fs/readFile",
  "fuzzyFileSearch",
  "getAuthStatus",
  "getConversationSummary",
  "gitDiffToRemote",
  "memory/status",
  "plugin/installed",
  "plugin/search",
  "remoteControl/pairing/status",
  "server/diagnostics",
  "thread/realtime/listVoices",
  "thread/search",
  "thread/search/stream",
  "thread/searchOccurrences",
  "userVerification/status",
  "windowsSandbox/readiness",
]);

/** Requests that can be sent twice, each with the reason. */
const IDEMPOTENT: ReadonlyMap<string, string> = new Map([
  ["thread/resume", "a thread that is loaded stays as it is"],
  ["thread/unsubscribe", "a connection that does not follow the thread stays as it is"],
  ["thread/name/set", "sets the same name"],
  ["thread/settings/update", "sets the same values"],
  ["thread/memoryMode/set", "sets the same mode"],
  ["turn/settings/update", "sets the same values of the same turn"],
  ["config/mcpServer/reload", "reads the same configuration"],
  ["skills/config/write", "sets the same value"],
  ["skills/extraRoots/set", "sets the same folders"],
  ["turn/interrupt", "names its turn, and can end no other; it is not sent if that has ended"],
  ["fs/watch", "has an id of its own; the watch ended with the connection"],
  ["fs/unwatch", "names its watch"],
]);

/**
 * What to do with a request: send it again, look for its message in the history or for its goal on the thread, or say that
 * nobody knows.
 */
export type CallKind = "again" | "lookUp" | "goal" | "unknown";

/** Returns what to do with a request of this method. */
export function callKind(method: string): CallKind {
  if (method === "turn/start" || method === "turn/steer") return "lookUp";
  if (method === "thread/goal/set" || method === "thread/goal/clear") return "goal";
  const isRead = READS.has(method) || /\/(?:list|read|get)$/.test(method);
  return isRead || IDEMPOTENT.has(method) ? "again" : "unknown";
}
