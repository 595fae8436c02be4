/** The end of what a process wrote to stderr, fit to be shown. */
import { redact } from "../util/redact.ts";
import { stripAnsi } from "../util/strip_ansi.ts";
import { TailBuffer, utf8Tail } from "../util/tail_buffer.ts";

/** How many bytes of stderr an error carries at most. */
export const STDERR_TAIL_BYTES: number = 64 * 1024;

/** More is kept than shown: a secret that the cut would split is then still whole, and recognised. */
const SLACK_BYTES = 8 * 1024;

/** `api_key = secret` has three words. */
const WORDS_OF_A_SECRET = 4;

/** Collects stderr; secrets are taken out when it is read, so that one split over two writes is found too. */
export class StderrTail {
  readonly #buffer: TailBuffer = new TailBuffer(STDERR_TAIL_BYTES + SLACK_BYTES);

  /** Adds a chunk of stderr. */
  push(chunk: Uint8Array): void {
    this.#buffer.push(chunk);
  }

  /** The redacted text, without colours (they would split a secret from its name), of at most {@linkcode STDERR_TAIL_BYTES} bytes. */
  text(): string {
    const bytes = this.#buffer.bytes();
    const start = this.#buffer.truncated ? firstCleanByte(bytes) : 0;
    const redacted = redact(stripAnsi(decode(bytes.subarray(start))));
    return decode(utf8Tail(new TextEncoder().encode(redacted), STDERR_TAIL_BYTES));
  }
}

/**
 * Where the first whole line begins, or in a text without lines a few words further on: what is before may be half a
 * secret, or a secret whose name (`Bearer`, `api_key =`) was cut off.
 */
function firstCleanByte(bytes: Uint8Array): number {
  const slack = bytes.subarray(0, SLACK_BYTES);
  const newline = slack.indexOf(0x0a);
  if (newline >= 0) return newline + 1;
  let start = 0;
  for (let words = 0; words < WORDS_OF_A_SECRET; words++) {
    const space = slack.indexOf(0x20, start);
    if (space < 0) return slack.length;
    start = space + 1;
  }
  return start;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
