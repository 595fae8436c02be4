/** Reads an image or a sound from its address. */
import { InputFetchError } from "../../errors/turn_errors.ts";
import { redact } from "../../util/redact.ts";
import { mediaDataUrl } from "./media_data.ts";

/** The most bytes that are fetched. */
const MAX_BYTES = 64 * 1_024 * 1_024;

/**
 * Fetches media as a `data:` URL.
 *
 * @throws {InputFetchError} when the address gives no such media; `signal.reason` when the signal fires
 */
export async function fetchMedia(
  kind: "image" | "audio",
  url: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  try {
    const response = await fetch(url, signal === undefined ? {} : { signal });
    if (!response.ok) {
      await response.body?.cancel();
      throw new TypeError(`the answer was HTTP ${response.status}`);
    }
    const bytes = await readAll(response);
    const [mimeType = ""] = (response.headers.get("content-type") ?? "").split(";");
    return mediaDataUrl(kind, bytes, mimeType.startsWith(`${kind}/`) ? mimeType : undefined);
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw new InputFetchError(redact(url), cause);
  }
}

async function readAll({ body }: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop by a throw cancels the stream.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new RangeError(`it has more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}
