/** All that a command wrote, as text. */
import { ExecOutputOverflowError } from "../../errors/exec_errors.ts";
import type { Bytes } from "../../util/bytes.ts";
import type { ExecStatus } from "./exec_status.ts";

/**
 * How a command ended and what it wrote, as UTF-8 text.
 *
 * @example
 * ```ts
 * import type { ExecOutput } from "@codex-app-server/sdk";
 *
 * const lines = ({ stdout }: ExecOutput): string[] => stdout.trimEnd().split("\n");
 * ```
 */
export interface ExecOutput extends ExecStatus {
  /** What it wrote to stdout; of a command in a terminal, all that it wrote. */
  readonly stdout: string;
  /** What it wrote to stderr. */
  readonly stderr: string;
}

/**
 * Reads a stream to its end as text.
 *
 * @throws {ExecOutputOverflowError} past so many bytes
 */
export async function collectText(
  name: "stdout" | "stderr",
  stream: ReadableStream<Bytes>,
  limitBytes: number,
): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  let bytes = 0;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return text + decoder.decode();
      bytes += value.length;
      if (bytes > limitBytes) throw new ExecOutputOverflowError(name, limitBytes);
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}
