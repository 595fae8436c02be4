/** What a terminal program needs: colours, a progress line and line input. */
import process from "node:process";
import { createInterface, type Interface } from "node:readline";

/** The code of a colour or a weight. */
type Style = 1 | 2 | 31 | 32 | 33 | 36;

interface Waiting {
  readonly resolve: (line: string | undefined) => void;
}

/**
 * The terminal of the process. With a pipe or a file instead, there are no colours, progress lines or control codes, and
 * lines are read as they arrive. `NO_COLOR` turns colours off.
 */
export class Terminal implements Disposable {
  readonly interactive: boolean = process.stdin.isTTY === true && process.stdout.isTTY === true;
  readonly #colours: boolean = process.stdout.isTTY === true && !process.env["NO_COLOR"];
  readonly #input: Interface;
  readonly #typed: string[] = [];
  #waiting: Waiting | undefined;
  #closed = false;
  #fresh = true;
  #stopProgress: (() => void) | undefined;

  constructor() {
    const { stdin: input, stdout: output } = process;
    // In a terminal, readline reads single keys: Ctrl-C arrives as a key and does not reach child processes.
    this.#input = createInterface({ input, output, terminal: this.interactive, prompt: "" });
    this.#input.on("line", (line: string) => this.#deliver(line));
    this.#input.on("close", () => this.#end());
  }

  bold(text: string): string {
    return this.#style(1, text);
  }
  dim(text: string): string {
    return this.#style(2, text);
  }
  red(text: string): string {
    return this.#style(31, text);
  }
  green(text: string): string {
    return this.#style(32, text);
  }
  yellow(text: string): string {
    return this.#style(33, text);
  }
  cyan(text: string): string {
    return this.#style(36, text);
  }

  /** Calls the listener for each Ctrl-C. */
  onInterrupt(listener: () => void): void {
    this.#input.on("SIGINT", listener);
    process.on("SIGINT", listener);
  }

  /** Writes streamed text. */
  write(text: string): void {
    if (text === "") return;
    this.stopProgress();
    process.stdout.write(text);
    this.#fresh = text.endsWith("\n");
  }

  /** Writes a line, below any streamed text. */
  line(text: string): void {
    this.freshLine();
    this.write(`${text}\n`);
  }

  /** Ends a partly written line, if there is one. */
  freshLine(): void {
    if (!this.#fresh) this.write("\n");
  }

  /** Shows that work is in progress, until something else is written. */
  progress(label: string): void {
    this.stopProgress();
    if (!this.interactive) return;
    this.freshLine();
    const start = Date.now();
    const draw = (): void => {
      const ms = Date.now() - start;
      const text = `${"⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"[Math.floor(ms / 100) % 10]} ${label}`;
      const room = (process.stdout.columns || 80) - 8;
      const time = ms < 1000 ? "" : ` ${Math.floor(ms / 1000)} s`;
      process.stdout.write(`\r\x1b[2K${this.dim(text.slice(0, room) + time)}`);
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

  /** Asks for a line; returns `undefined` at the end of the input or when the signal fires. */
  async ask(prompt: string, signal?: AbortSignal): Promise<string | undefined> {
    this.stopProgress();
    this.freshLine();
    if (signal?.aborted) return undefined;
    const typed = this.#typed.shift();
    if (typed !== undefined || this.#closed) {
      this.line(`${prompt}${typed ?? ""}`);
      return typed;
    }
    this.#input.setPrompt(prompt);
    this.#input.prompt();
    const line = await new Promise<string | undefined>((resolve) => {
      this.#waiting = { resolve };
      signal?.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    this.#waiting = undefined;
    this.#input.setPrompt("");
    if (!this.interactive) process.stdout.write(`${line ?? ""}\n`);
    else if (line === undefined) process.stdout.write("\n");
    return line;
  }

  /** Releases the terminal: a pending `ask()` returns `undefined`. */
  close(): void {
    this.stopProgress();
    this.#input.close();
    this.#end();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #deliver(line: string): void {
    if (this.#waiting === undefined) this.#typed.push(line);
    else this.#waiting.resolve(line);
  }

  #end(): void {
    this.#closed = true;
    this.#waiting?.resolve(undefined);
  }

  #style(style: Style, text: string): string {
    return this.#colours ? `\x1b[${style}m${text}\x1b[0m` : text;
  }
}
