/** What matters of a request to the model: requests with the same essence get the same recorded response. */
import { createHash } from "node:crypto";
import { canonicalJson } from "../../util/canonical_json.ts";
import { isRecord } from "../../util/is_record.ts";
import type { JsonRecord, RecordedRequest } from "../recorded_request.ts";
import { scrub } from "./scrub.ts";

/** Returns what matters of a request. */
export type MatchBy = (request: RecordedRequest) => unknown;

/** What differs from run to run in texts. */
const CHANGING: readonly (readonly [RegExp, string])[] = [
  [/\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/gi, "[id]"],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g, "[time]"],
  [/codex-test-\w{6}/g, "codex-test"],
  [/data:[\w/+.-]+;base64,[\w+/=]+/g, "[data]"],
];
/** What the runtime writes above the output of a command. */
const COMMAND_HEAD: readonly (readonly [RegExp, string])[] = [
  [/^Chunk ID: .*$/m, "Chunk ID: [id]"],
  [/^Wall time: .*$/m, "Wall time: [time]"],
  [/^Original token count: .*$/m, "Original token count: [tokens]"],
  [/session ID \d+/, "session ID [id]"],
];
/** Texts with the role `user` that the runtime writes. */
const CONTEXT = /^\s*<environment_context>/;

/** The essence as it is compared and written: without secrets and what differs from run to run. */
export function modelEssence(request: RecordedRequest, matchBy: MatchBy): unknown {
  const folders = foldersOf(request);
  const settle = (value: unknown): unknown => {
    if (typeof value === "string") return settleText(value, folders);
    if (Array.isArray(value)) return value.map(settle);
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, settle(one)]));
  };
  // As it will be read from the file.
  return JSON.parse(JSON.stringify(scrub(settle(matchBy(request) ?? null))));
}

/** Returns a short text that is the same for equal essences. */
export function essenceKey(path: string, essence: unknown): string {
  return createHash("sha256").update(`${path} ${canonicalJson(essence)}`).digest("base64");
}

/**
 * The model, the conversation and the output schema; not the instructions and the tools, which differ between versions of
 * Codex.
 */
export function conversationOf(request: RecordedRequest): unknown {
  const { model, textFormat } = request;
  return {
    model,
    input: request.inputItems.flatMap(itemOf),
    ...(textFormat === undefined ? {} : { format: textFormat }),
  };
}

function itemOf(item: JsonRecord): JsonRecord[] {
  const { type, role, content, name, arguments: args, input, output } = item;
  switch (type) {
    case "message": {
      if (role === "developer" || role === "system") return [];
      const parts = (Array.isArray(content) ? content : [content]).flatMap(partOf);
      return parts.length === 0 ? [] : [{ role, content: parts }];
    }
    case "reasoning": // encrypted, and only ever sent back
      return [];
    case "function_call":
    case "custom_tool_call":
      return [{ type, name, input: args ?? input }];
    case "function_call_output":
    case "custom_tool_call_output":
      return [{ type, output: settleOutput(output) }];
    default: {
      const { id: _id, call_id: _callId, ...rest } = item;
      return [rest];
    }
  }
}

function partOf(part: unknown): unknown[] {
  if (!isRecord(part)) return [part];
  const { text, image_url: image } = part;
  if (typeof text === "string") return CONTEXT.test(text) ? [] : [text];
  if (typeof image !== "string") return [part];
  return [{ image: createHash("sha256").update(image).digest("hex").slice(0, 16) }];
}

function settleOutput(output: unknown): unknown {
  if (typeof output !== "string") return output;
  const at = output.indexOf("\nOutput:\n");
  if (at < 0) return output;
  let head = output.slice(0, at);
  for (const [pattern, replacement] of COMMAND_HEAD) head = head.replace(pattern, replacement);
  return head + output.slice(at);
}

function settleText(text: string, folders: readonly string[]): string {
  let result = text;
  for (const folder of folders) result = result.replaceAll(folder, "[cwd]");
  for (const [pattern, replacement] of CHANGING) result = result.replace(pattern, replacement);
  return result;
}

/** The working directories that the runtime names in a request, longest first. */
function foldersOf(request: RecordedRequest): string[] {
  const found = request.userTexts().filter((text) => CONTEXT.test(text))
    .flatMap((text) => [...text.matchAll(/<cwd>([^<]{4,})<\/cwd>/g)].map(([, cwd]) => String(cwd)));
  return [...new Set(found)].sort((one, other) => other.length - one.length);
}
