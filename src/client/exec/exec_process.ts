/** The handle of a command that the server runs. */
import { RequestTimeoutError } from "../../errors/transport_errors.ts";
import { InvalidStateError } from "../../errors/codex_error.ts";
import type { Bytes } from "../../util/bytes.ts";
import { checkLimitMs, waitAtMost } from "../../util/timer.ts";
import type { CallOptions } from "../call_options.ts";
import { checkCallOptions } from "../option_names.ts";
import type { ClientContext } from "../client_context.ts";
import { checkExec, type ExecOptions, type TerminalSize, terminalSize } from "./exec_options.ts";
import { collectText, type ExecOutput, type ExecStatus } from "./exec_output.ts";
import { ExecRun } from "./exec_run.ts";
import { isReadableStream } from "../../util/realm.ts";

/** Default milliseconds for a kill to take effect. */
const KILL_MS = 10_000;

/**
 * A command that runs on the server (`command/exec`), returned by {@linkcode Codex.exec}. Disposing the handle kills
 * it; it also ends with the connection.
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

  /** Starts the command, connecting first if necessary. */
  constructor(context: ClientContext, command: readonly string[], options: ExecOptions) {
    const checked = checkExec(command, options);
    options.signal?.throwIfAborted();
    context.connection.assertOpen();
    this.command = checked.params.command;
    this.#limitBytes = checked.maxBufferBytes;
    this.#hasTerminal = checked.params.tty === true;
    this.#isPiped = checked.hasStdin && options.input === undefined;
    this.#run = new ExecRun(context, checked, options);
    this.#feed(options.input);
  }

  /** The id of the command in the server's notifications. */
  get processId(): string {
    return this.#run.processId;
  }

  /**
   * Standard input (`command/exec/write`); close it to send the end of input. A write waits while more than 1 MiB is unsent,
   * and fails once the command has ended.
   *
   * @throws {InvalidStateError} if the command was started without `stdin: "pipe"` and without `tty`
   */
  get stdin(): WritableStream<Uint8Array> {
    const { stdin } = this.#run;
    if (stdin !== undefined && this.#isPiped) return stdin.writable;
    throw new InvalidStateError('Cannot write to stdin: the command runs without `stdin: "pipe"`');
  }

  /**
   * The bytes that the command writes to stdout (`command/exec/outputDelta`); in a terminal, all of its output. Ends
   * with the command. Fails with `ExecOutputOverflowError` past `maxBufferBytes` unread bytes.
   */
  get stdout(): ReadableStream<Bytes> {
    return this.#run.stdout.readable;
  }

  /** The bytes that the command writes to stderr, under the same rules as {@linkcode stdout}. */
  get stderr(): ReadableStream<Bytes> {
    return this.#run.stderr.readable;
  }

  /**
   * Fulfils when the command has ended, whatever its exit code. Rejects with `ExecStartError` if it could not be started,
   * `JsonRpcError` if the server refuses it, `signal.reason` after an abort, `TransportClosedError` if the connection ends
   * first, and `RequestTimeoutError` if the server reports nothing within 10 s after `timeoutMs`.
   */
  get done(): Promise<ExecStatus> {
    return this.#run.done;
  }

  /**
   * Waits for the end of the command and returns everything it wrote as text. Invalid UTF-8 becomes U+FFFD; read `stdout`
   * for the exact bytes. Rejects as {@linkcode done} does.
   *
   * @throws {ExecOutputOverflowError} if an output exceeds `maxBufferBytes`; the command is then killed
   * @throws {InvalidStateError} if an output is already being read
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
      throw new InvalidStateError("Cannot collect the output: it is already being read");
    }
    this.#output ??= this.#collect();
    return await this.#output;
  }

  /**
   * Resizes the terminal (`command/exec/resize`); does nothing after the end.
   *
   * @throws {InvalidStateError} if the command was started without `tty`
   * @throws {RangeError} if rows or columns are not an integer from 1 to 65,535
   */
  async resize(size: TerminalSize, options: CallOptions = {}): Promise<void> {
    checkCallOptions("resize()", options);
    if (!this.#hasTerminal) {
      throw new InvalidStateError("Cannot resize: the command runs without `tty`");
    }
    await this.#run.resize(terminalSize(size), options);
  }

  /**
   * Kills the command and its process group with SIGKILL (`command/exec/terminate`) and waits for the end; does nothing
   * after it. Rejects with `signal.reason` if the signal fires while it waits.
   *
   * @throws {RequestTimeoutError} if the command has not ended within `timeoutMs`, by default 10,000
   */
  async kill(options: CallOptions = {}): Promise<void> {
    checkCallOptions("kill()", options);
    const { signal, timeoutMs = KILL_MS } = options;
    checkLimitMs("timeoutMs", timeoutMs);
    signal?.throwIfAborted();
    const ended = this.#run.terminate(timeoutMs).then(() => true);
    if (await waitAtMost(ended, timeoutMs, signal)) return;
    throw new RequestTimeoutError("command/exec/terminate", timeoutMs);
  }

  /** Kills the command if it has not ended, and waits at most 10 seconds for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill().catch(() => {}); // failures show in `done`
  }

  async #collect(): Promise<ExecOutput> {
    try {
      const [stdout, stderr, status] = await Promise.all([
        collectText("stdout", this.stdout, this.#limitBytes),
        collectText("stderr", this.stderr, this.#limitBytes),
        this.done,
      ]);
      return { ...status, stdout, stderr };
    } catch (error) {
      this.kill().catch(() => {}); // useless without its output
      throw error;
    }
  }

  #feed(input: ExecOptions["input"]): void {
    const { stdin } = this.#run;
    if (input === undefined || stdin === undefined) return;
    const fed = isReadableStream(input)
      ? input.pipeTo(stdin.writable, { preventAbort: true }) // a truncated input must not look complete
      : stdin.feed(typeof input === "string" ? new TextEncoder().encode(input) : input.slice());
    // Without the rest of its input the command would wait forever.
    fed.catch((reason: unknown) => this.#run.abandon(reason));
  }
}
