/** Removes secrets from JSON values before they are written. */
import { redact } from "../../util/redact.ts";
import { isRecord } from "../../util/is_record.ts";

/** Redacts a text. */
export type RedactText = (text: string) => string;

const REDACTED = "[redacted]";

/** Fields whose texts are secrets, whatever they look like. */
const SECRET =
  /(?:token|secret|passw(?:or)?d|authorization|cookie|api_?key|private_?key|credentials?|code_?verifier|user_?code|bearer)$/i;
/** Fields of which every text may be a secret: variables of processes and headers of requests. */
const SECRET_MAP = /(?:^|[._])(?:env|(?:http_?)?headers)$/i;
/** The same with a dotted name, such as `mcp_servers.docs.env.KEY`. */
const SECRET_PATH = /[._](?:env|(?:http_?)?headers)\./i;
const BASE64 = /base64$/i;

/** Returns a copy of a JSON value with its secrets replaced by `[redacted]`. */
export function scrub(value: unknown, more: RedactText = (text) => text): unknown {
  const clean = (text: string): string => more(redact(text));
  const visit = (inner: unknown, name: string, isSecret: boolean): unknown => {
    if (typeof inner === "string") {
      if (inner !== "" && (isSecret || SECRET.test(name))) return REDACTED;
      return BASE64.test(name) ? scrubBase64(inner, clean) : clean(inner);
    }
    if (Array.isArray(inner)) return inner.map((one) => visit(one, name, isSecret));
    if (!isRecord(inner)) return inner;
    return Object.fromEntries(
      Object.entries(inner).map(([key, one]) => [
        clean(key),
        visit(one, key, isSecret || SECRET_MAP.test(name) || SECRET_PATH.test(key)),
      ]),
    );
  };
  return visit(value, "", false);
}

/** Redacts the text that a Base64 text stands for; other bytes stay as they are. */
function scrubBase64(encoded: string, clean: RedactText): string {
  try {
    const bytes = Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0));
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const cleaned = clean(text);
    if (cleaned === text) return encoded;
    let binary = "";
    for (const byte of new TextEncoder().encode(cleaned)) binary += String.fromCharCode(byte);
    return btoa(binary);
  } catch {
    return encoded; // not Base64, or not text
  }
}
