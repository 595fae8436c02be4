/** What a terminal program needs: colours, a progress line, line input and questions that nobody answers by accident. */
import process from "node:process";
import { createInterface, type Interface } from "node:readline";
import { printable } from "@codex-app-server/sdk";

/** The codes of the colours and weights. */
const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** A colour or a weight. */
export type Style = keyof typeof STYLES;

/** Milliseconds without input before a question appears: a person who types has paused, and a paste is over. */
const QUIET_MS = 300;

type Resolve = (line: string | undefined) => void;

/**
 * The terminal of the process. With a pipe or a file instead, there are no colours, progress lines or control codes.
 * `NO_COLOR` turns colours off. All text passes `printable()`, so that no control code of an agent gets through.
 */
export class Terminal implements Disposable {
  readonly interactive: boolean = process.stdin.isTTY === true && process.stdout.isTTY === true;
  readonly #colours: boolean = process.stdout.isTTY === true && !process.env["NO_COLOR"];
  readonly #input: Interface;
  /** Lines that nobody has asked for yet. */
  readonly #typed: string[] = [];
  /** Output that waits until the open question is answered. */
  #held: (() => void)[] | undefined;
  #lastInput = 0;
  #message: { readonly prompt: string; readonly resolve: Resolve } | undefined;
  #question: Resolve | undefined;
  #closed = false;
  #fresh = true;
  #stopProgress: (() => void) | undefined;

  constructor() {
    const { stdin: input, stdout: output } = process;
    // In a terminal, readline reads single keys: Ctrl-C arrives as a key and does not reach child processes.
    this.#input = createInterface({ input, output, terminal: this.interactive, prompt: "" });
    this.#input.on("line", (line: string) => this.#deliver(line));
    this.#input.on("close", () => this.#end());
    input.on("data", () => this.#lastInput = Date.now());
  }

  /** Calls the listener for each Ctrl-C. */
  onInterrupt(listener: () => void): void {
    this.#input.on("SIGINT", listener);
    process.on("SIGINT", listener);
  }

  /** Writes streamed text. */
  write(text: string, style?: Style): void {
    if (text === "") return;
    if (this.#held !== undefined) return void this.#held.push(() => this.write(text, style));
    this.stopProgress();
    process.stdout.write(this.#styled(text, style));
    this.#fresh = text.endsWith("\n");
  }

  /** Writes a line, below any streamed text. */
  line(text: string, style?: Style): void {
    this.freshLine();
    this.write(text, style);
    this.write("\n");
  }

  /** Ends a partly written line, if there is one. */
  freshLine(): void {
    if (this.#held !== undefined) this.#held.push(() => this.freshLine());
    else if (!this.#fresh) this.write("\n");
  }

  /** Shows that work is in progress, until something else is written. */
  progress(label: string): void {
    if (this.#held !== undefined) return void this.#held.push(() => this.progress(label));
    this.stopProgress();
    if (!this.interactive) return;
    this.freshLine();
    const start = Date.now();
    const oneLine = printable(label, { oneLine: true });
    const draw = (): void => {
      const ms = Date.now() - start;
      const text = `${"⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"[Math.floor(ms / 100) % 10]} ${oneLine}`;
      const room = (process.stdout.columns || 80) - 8;
      const time = ms < 1000 ? "" : ` ${Math.floor(ms / 1000)} s`;
      process.stdout.write(`\r\x1b[2K${this.#styled(text.slice(0, room) + time, "dim")}`);
    };
    draw();
    const timer = setInterval(draw, 100);
    this.#stopProgress = () => {
      clearInterval(timer);
      process.stdout.write("\r\x1b[2K");
    };
  }

  /** Removes the progress line. */
  stopProgress(): void {
    this.#stopProgress?.();
    this.#stopProgress = undefined;
  }

  /** Returns the next line, also one that was typed ahead; `undefined` at the end of the input. */
  async message(prompt: string): Promise<string | undefined> {
    this.stopProgress();
    this.line("");
    const typed = this.#typed.shift();
    if (typed !== undefined || this.#closed) {
      this.write(prompt, "bold");
      this.write(`${typed ?? ""}\n`);
      return typed;
    }
    const line = await new Promise<string | undefined>((resolve) => {
      this.#message = { prompt: this.#styled(prompt, "bold"), resolve };
      this.#prompt(this.#message.prompt);
    });
    this.#endLine(line);
    return line;
  }

  /**
   * Shows what is asked, and returns a line that was typed after that; `undefined` at the end of the input or when the signal
   * fires. Lines typed before wait for the next message, and a half-typed one comes back after the answer. Other output
   * waits until there is an answer. Call it for one question at a time.
   */
  async ask(show: () => void, prompt: string, signal: AbortSignal): Promise<string | undefined> {
    await this.#quiet(signal);
    if (signal.aborted) return undefined;
    this.stopProgress();
    const draft = this.#takeDraft();
    if (this.#message !== undefined) process.stdout.write("\n");
    this.freshLine();
    show();
    let line: string | undefined;
    if (this.#closed) this.write(prompt);
    else {
      this.#held = [];
      line = await new Promise<string | undefined>((resolve) => {
        this.#question = resolve;
        signal.addEventListener("abort", () => resolve(undefined), { once: true });
        this.#prompt(this.#styled(prompt));
      });
      this.#question = undefined;
    }
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#takeDraft(); // half an answer to a question that is gone
    this.#endLine(line);
    for (const write of held) write();
    if (this.#message !== undefined) this.#prompt(this.#message.prompt);
    if (draft !== "" && !this.#closed) this.#input.write(draft);
    return line;
  }

  /** Releases the terminal: what waits for a line gets `undefined`. */
  close(): void {
    this.stopProgress();
    this.#input.close();
    this.#end();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Lines that come in the same chunk are delivered at once: only the first one is the answer. */
  #deliver(line: string): void {
    const resolve = this.#question ?? (this.#held ? undefined : this.#message?.resolve);
    if (resolve === undefined) return void this.#typed.push(line);
    if (this.#question === undefined) this.#message = undefined;
    this.#question = undefined;
    resolve(line);
  }

  #end(): void {
    this.#closed = true;
    this.#question?.(undefined);
    this.#message?.resolve(undefined);
    this.#message = undefined;
  }

  /** Waits until nothing has been typed for a moment. What the system still holds of the input arrives meanwhile. */
  async #quiet(signal: AbortSignal): Promise<void> {
    this.#lastInput = Date.now();
    while (!this.#closed && !signal.aborted) {
      const rest = this.#lastInput + QUIET_MS - Date.now();
      if (rest <= 0) return;
      await new Promise((resolve) => setTimeout(resolve, Math.min(rest, 50)));
    }
  }

  /** Removes what has been typed of a line, and returns it. */
  #takeDraft(): string {
    const draft = this.interactive && !this.#closed ? this.#input.line : "";
    if (draft === "") return "";
    this.#input.setPrompt("");
    this.#input.write(null, { ctrl: true, name: "e" }); // to the end of the line
    this.#input.write(null, { ctrl: true, name: "u" }); // deletes to its start
    return draft;
  }

  #prompt(prompt: string): void {
    this.#input.setPrompt(prompt);
    this.#input.prompt();
  }

  /** In a terminal, the person's Enter has ended the line. */
  #endLine(line: string | undefined): void {
    this.#input.setPrompt("");
    if (!this.interactive) process.stdout.write(`${printable(line ?? "")}\n`);
    else if (line === undefined) process.stdout.write("\n");
    this.#fresh = true;
  }

  #styled(text: string, style?: Style): string {
    const shown = printable(text);
    return this.#colours && style !== undefined ? `\x1b[${STYLES[style]}m${shown}\x1b[0m` : shown;
  }
}
