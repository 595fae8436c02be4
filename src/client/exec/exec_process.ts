/** A command that the server runs, in the hands of the caller. */
import { RequestTimeoutError } from "../../errors/transport_errors.ts";
import { InvalidStateError } from "../../errors/codex_error.ts";
import type { Bytes } from "../../util/bytes.ts";
import { checkLimitMs, waitAtMost } from "../../util/timer.ts";
import type { CallOptions } from "../call_options.ts";
import { checkCallOptions } from "../check_call_options.ts";
import type { ClientContext } from "../client_context.ts";
import { checkExec, type ExecOptions } from "./exec_options.ts";
import { collectText, type ExecOutput } from "./exec_output.ts";
import { ExecRun } from "./exec_run.ts";
import type { ExecStatus } from "./exec_status.ts";
import { type TerminalSize, terminalSize } from "./terminal_size.ts";

/** Milliseconds for a kill to take effect, unless told. */
const KILL_MS = 10_000;

/**
 * A command on the server's side (`command/exec`), as {@linkcode Codex.exec} gives it. It is killed when the handle
 * is disposed, and ends with the connection.
 *
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 *
 * async function firstLine(codex: Codex): Promise<string> {
 *   await using log = codex.exec(["tail", "-f", "/var/log/syslog"]);
 *   for await (const bytes of log.stdout) return new TextDecoder().decode(bytes);
 *   return "";
 * } // tail is killed here
 * ```
 */
export class ExecProcess implements AsyncDisposable {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly #run: ExecRun;
  readonly #limitBytes: number;
  readonly #hasTerminal: boolean;
  readonly #isPiped: boolean;
  #output: Promise<ExecOutput> | undefined;

  /** Starts the command, connecting first where that has not happened. */
  constructor(context: ClientContext, command: readonly string[], options: ExecOptions) {
    const checked = checkExec(command, options);
    options.signal?.throwIfAborted();
    context.assertOpen();
    this.command = checked.params.command;
    this.#limitBytes = checked.maxBufferBytes;
    this.#hasTerminal = checked.params.tty === true;
    this.#isPiped = checked.hasStdin && options.input === undefined;
    this.#run = new ExecRun(context, checked, options);
    this.#feed(options.input);
  }

  /** The id that the server's notifications of this command carry. */
  get processId(): string {
    return this.#run.processId;
  }

  /**
   * What the command reads (`command/exec/write`); close it to tell that there is no more. A write waits while more than
   * 1 MiB is unsent, and fails once the command has ended.
   *
   * @throws {InvalidStateError} when the command was started without `stdin: "pipe"` and without `tty`
   */
  get stdin(): WritableStream<Uint8Array> {
    const { stdin } = this.#run;
    if (stdin !== undefined && this.#isPiped) return stdin.writable;
    throw new InvalidStateError('Cannot write to stdin: the command runs without `stdin: "pipe"`');
  }

  /**
   * What the command writes to stdout, byte by byte as it did (`command/exec/outputDelta`); in a terminal, all that it
   * writes. It ends with the command. Past `maxBufferBytes` unread bytes it fails with `ExecOutputOverflowError`.
   */
  get stdout(): ReadableStream<Bytes> {
    return this.#run.stdout.readable;
  }

  /** What the command writes to stderr, with the same rules as {@linkcode stdout}. */
  get stderr(): ReadableStream<Bytes> {
    return this.#run.stderr.readable;
  }

  /**
   * Fulfils when the command has ended, whatever its exit code. It rejects with `ExecStartError` when it was not started,
   * `JsonRpcError` when the server refuses it, `signal.reason` after an abort, `TransportClosedError` when the connection
   * ends first, and `RequestTimeoutError` when the server tells nothing for 10 s after `timeoutMs`.
   */
  get status(): Promise<ExecStatus> {
    return this.#run.status;
  }

  /**
   * Waits for the end of the command and gives all that it wrote as text. Bytes that are no UTF-8 become U+FFFD: read
   * `stdout` for them. Rejects as {@linkcode status} does.
   *
   * @throws {ExecOutputOverflowError} when an output has more than `maxBufferBytes`; the command is killed then
   * @throws {InvalidStateError} when somebody reads an output already
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function branch(codex: Codex, cwd: string): Promise<string> {
   *   const { stdout } = await codex.exec(["git", "branch", "--show-current"], { cwd }).output();
   *   return stdout.trim();
   * }
   * ```
   */
  async output(): Promise<ExecOutput> {
    if (this.#output === undefined && (this.stdout.locked || this.stderr.locked)) {
      throw new InvalidStateError("Cannot collect the output: it is being read already");
    }
    this.#output ??= this.#collect();
    return await this.#output;
  }

  /**
   * Tells the terminal its new size (`command/exec/resize`); does nothing after the end.
   *
   * @throws {InvalidStateError} when the command runs in no terminal
   * @throws {RangeError} when rows or columns are no integer from 1 to 65,535
   */
  async resize(size: TerminalSize, options: CallOptions = {}): Promise<void> {
    checkCallOptions(options);
    if (!this.#hasTerminal) {
      throw new InvalidStateError("Cannot resize: the command runs without `tty`");
    }
    await this.#run.resize(terminalSize(size), options);
  }

  /**
   * Kills the command and what it started in its process group, as SIGKILL does (`command/exec/terminate`), and waits for
   * its end; does nothing after it. Rejects with `signal.reason` when the signal ends the waiting.
   *
   * @throws {RequestTimeoutError} when the command has not ended within `timeoutMs`, 10,000 unless told
   */
  async kill(options: CallOptions = {}): Promise<void> {
    checkCallOptions(options);
    const { signal, timeoutMs = KILL_MS } = options;
    checkLimitMs("timeoutMs", timeoutMs);
    signal?.throwIfAborted();
    const ended = this.#run.terminate(timeoutMs).then(() => true);
    if (await waitAtMost(ended, timeoutMs, signal)) return;
    throw new RequestTimeoutError("command/exec/terminate", timeoutMs);
  }

  /** Kills the command, if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill().catch(() => {}); // what goes wrong shows in `status`
  }

  async #collect(): Promise<ExecOutput> {
    try {
      const [stdout, stderr, status] = await Promise.all([
        collectText("stdout", this.stdout, this.#limitBytes),
        collectText("stderr", this.stderr, this.#limitBytes),
        this.status,
      ]);
      return { ...status, stdout, stderr };
    } catch (error) {
      this.kill().catch(() => {}); // of no use without its output
      throw error;
    }
  }

  #feed(input: ExecOptions["input"]): void {
    const { stdin } = this.#run;
    if (input === undefined || stdin === undefined) return;
    const fed = input instanceof ReadableStream
      ? input.pipeTo(stdin.writable, { preventAbort: true }) // an end would make a part look like the whole
      : stdin.feed(typeof input === "string" ? new TextEncoder().encode(input) : input.slice());
    // Without all of its input the command would wait for ever, or take a part for the whole.
    fed.catch((reason: unknown) => this.#run.giveUp(reason));
  }
}
