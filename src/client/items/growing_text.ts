/** A text that comes in pieces and is read by many, each from where it is. */

/** Pieces to gather before they are joined: keeps a long text as few strings. */
const JOIN_AT = 256;

/** Takes pieces in constant time; reading what is new costs as much as that is long. */
export class GrowingText {
  #blocks: string[] = [];
  #pieces: string[] = [];
  #length = 0;
  /** The text up to where it was last asked for. */
  #text = "";
  #settled: string | undefined;
  /** Whether a reader has read a part of it. */
  #isRead = false;

  /** All the text that has come; once settled, as the server told it in the end. */
  get text(): string {
    if (this.#settled !== undefined) return this.#settled;
    if (this.#text.length < this.#length) this.#text += this.#from(this.#text.length);
    return this.#text;
  }

  /** Adds a piece and tells whether it did: what is no text is passed over, as is all that comes too late. */
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

  /** Gives a function that takes what has come since its last call. */
  reader(): () => string {
    let offset = 0;
    return () => {
      // Who has read nothing gets the text as it was in the end, also where the pieces were others.
      const whole = offset === 0 ? this.#settled : undefined;
      const fresh = whole ?? this.#from(offset);
      offset = whole === undefined ? offset + fresh.length : Infinity;
      this.#isRead ||= whole === undefined && fresh !== "";
      return fresh;
    };
  }

  /** Takes the whole text as the server told it in the end, what came if that is no text; from then on nothing is added. */
  settle(told: unknown): void {
    if (this.#settled !== undefined) return;
    const whole = typeof told === "string" ? told : this.text;
    // The pieces are kept only for those who have read a part of them, and only if they came to another text.
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
