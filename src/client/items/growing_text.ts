/** A text that grows by pieces and has many readers, each at its own position. */

/** Number of pieces to join into one string, so that a long text stays a few strings. */
const JOIN_AT = 256;

/** Appends in constant time; reading costs as much as the new text is long. */
export class GrowingText {
  #blocks: string[] = [];
  #pieces: string[] = [];
  #length = 0;
  /** The text up to the point where it was last read. */
  #text = "";
  #settled: string | undefined;
  /** Whether a reader has read a part of the text. */
  #isRead = false;

  /** All text so far; once settled, the server's final text. */
  get text(): string {
    if (this.#settled !== undefined) return this.#settled;
    if (this.#text.length < this.#length) this.#text += this.#from(this.#text.length);
    return this.#text;
  }

  /** Appends a piece and returns whether it did: ignores what is not a string, and everything after the end. */
  append(piece: unknown): boolean {
    if (typeof piece !== "string" || piece === "" || this.#settled !== undefined) return false;
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#pieces.length === JOIN_AT) {
      this.#blocks.push(this.#pieces.join(""));
      this.#pieces = [];
    }
    return true;
  }

  /** Returns a function that returns the text since its last call. */
  reader(): () => string {
    let offset = 0;
    return () => {
      // A reader that has read nothing gets the final text, even if the pieces differ from it.
      const whole = offset === 0 ? this.#settled : undefined;
      const fresh = whole ?? this.#from(offset);
      offset = whole === undefined ? offset + fresh.length : Infinity;
      this.#isRead ||= whole === undefined && fresh !== "";
      return fresh;
    };
  }

  /** Sets the final text, or keeps what has arrived if that is not a string; nothing is appended afterwards. */
  settle(final: unknown): void {
    if (this.#settled !== undefined) return;
    const whole = typeof final === "string" ? final : this.text;
    // Keep the pieces only for readers that have read a part of them, and only if they differ from the final text.
    if (!this.#isRead || whole.startsWith(this.text)) {
      this.#blocks = [whole];
      this.#pieces = [];
      this.#length = whole.length;
    }
    this.#settled = whole;
    this.#text = "";
  }

  #from(offset: number): string {
    let left = this.#length - offset;
    const parts: string[] = [];
    for (const list of [this.#pieces, this.#blocks]) {
      for (let index = list.length - 1; index >= 0 && left > 0; index--) {
        const part = list[index] as string;
        parts.push(part.length > left ? part.slice(part.length - left) : part);
        left -= part.length;
      }
    }
    return parts.reverse().join("");
  }
}
