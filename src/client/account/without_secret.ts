/** Keeps a secret that went to the server out of what comes back as an error. */
import { CodexError } from "../../errors/codex_error.ts";
import { isRecord } from "../../util/is_record.ts";

const REDACTED = "[redacted]";

/** Waits for a request that carried a secret; an error that quotes it has `[redacted]` in its place. */
export async function withoutSecret<T>(secret: string, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof CodexError) {
      const { message, stack } = error;
      Object.assign(error, clear({ ...error, message, stack }, secret));
    }
    throw error;
  }
}

/** A copy without the secret; what is neither text nor plain data stays as it is. */
function clear(value: unknown, secret: string): unknown {
  if (typeof value === "string") return value.replaceAll(secret, REDACTED);
  if (Array.isArray(value)) return value.map((member) => clear(member, secret));
  if (!isRecord(value) || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [clear(key, secret), clear(member, secret)]),
  );
}
