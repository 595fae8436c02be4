/** What matters of a client's message: two messages with the same key are the same step of a session. */
import { createHash } from "node:crypto";
import { canonicalJson } from "../../util/canonical_json.ts";
import { isRecord } from "../../util/is_record.ts";
import type { JsonRecord } from "../recorded_request.ts";

const ANY = "[any]";

/** Ids that a client makes, and fields for tracing. Ids of the server are played back as they were, so they matter. */
const CLIENT_IDS: ReadonlySet<string> = new Set([
  "clientUserMessageId",
  "processId",
  "processHandle",
  "watchId",
  "traceparent",
  "tracestate",
]);
const TIME = /(?:At|AtMs|Timestamp|TimeMs)$/;
/** Working directories, which differ between machines. */
const FOLDERS: ReadonlySet<string> = new Set([
  "cwd",
  "cwds",
  "roots",
  "runtimeWorkspaceRoots",
  "writableRoots",
]);
/** The random name of a folder of this test kit. */
const TEST_FOLDER = /codex-test-\w{6}/g;

/** The kind of a message: a request, a notification, or the answer to a request. */
export function kindOf(message: JsonRecord): "request" | "notification" | "answer" {
  if (typeof message["method"] !== "string") return "answer";
  return "id" in message ? "request" : "notification";
}

/** What matters of a message: without its id, the client's own ids, times and working directories. */
export function essenceOf(message: JsonRecord): JsonRecord {
  const { method, params, id, result, error } = message;
  if (kindOf(message) === "answer") return { id, result: plain(result), error: plain(error) };
  // The handshake names the client and its version: an older recording is good for a newer client.
  return method === "initialize" ? { method } : { method, params: plain(params) };
}

/** Returns a short text that is the same for messages that are the same step. */
export function keyOf(message: JsonRecord): string {
  const text = `${kindOf(message)} ${canonicalJson(essenceOf(message))}`;
  return createHash("sha256").update(text).digest("base64");
}

/**
 * Adds what stands for what in JSON to a map: each text of a recorded message that may differ, and the text of the live
 * message in its place. Ids stand alone; folders also begin longer texts.
 */
export function addReplacements(
  recorded: unknown,
  live: unknown,
  map: Map<string, string>,
  name = "",
): void {
  if (typeof recorded === "string" && typeof live === "string") {
    if (recorded === live || !isFree(name)) return;
    const isFolder = FOLDERS.has(name) && recorded.length > 3;
    const [from, to] = [recorded, live].map((text) => JSON.stringify(text));
    if (from === undefined || to === undefined) return;
    if (isFolder) map.set(from.slice(1, -1), to.slice(1, -1));
    else map.set(from, to);
  } else if (Array.isArray(recorded) && Array.isArray(live)) {
    recorded.forEach((one, at) => addReplacements(one, live[at], map, name));
  } else if (isRecord(recorded) && isRecord(live)) {
    for (const key of Object.keys(recorded)) addReplacements(recorded[key], live[key], map, key);
  }
}

function isFree(name: string): boolean {
  return CLIENT_IDS.has(name) || FOLDERS.has(name);
}

function plain(value: unknown, name = ""): unknown {
  if (typeof value === "string") {
    return isFree(name) || TIME.test(name) ? ANY : value.replace(TEST_FOLDER, "codex-test");
  }
  if (typeof value === "number") return TIME.test(name) ? ANY : value;
  if (Array.isArray(value)) return value.map((one) => plain(one, name));
  if (!isRecord(value)) return value;
  // A random id that only some versions of the SDK send would make all else differ.
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !CLIENT_IDS.has(key))
      .map(([key, one]) => [key, plain(one, key)]),
  );
}
