/** One command on the server, from its request to its end. */
import { ExecStartError } from "../../errors/exec_errors.ts";
import { InternalRpcError, JsonRpcError } from "../../errors/json_rpc_errors.ts";
import { RequestTimeoutError } from "../../errors/transport_errors.ts";
import type { ClientParams } from "../../generated/client_requests.ts";
import type { CommandExecTerminalSize } from "../../generated/types.ts";
import { decodeBase64 } from "../../util/bytes.ts";
import { now } from "../../util/clock.ts";
import { deferred } from "../../util/deferred.ts";
import type { CallOptions } from "../call_options.ts";
import type { ClientContext } from "../client_context.ts";
import { type CheckedExec, type ExecOptions, isLimit } from "./exec_options.ts";
import { type ExecReply, execReply, type ExecStatus, looksTimedOut } from "./exec_status.ts";
import { ExecStdin } from "./exec_stdin.ts";
import { OutputStream } from "./output_stream.ts";

/** Milliseconds past its time limit for the server to tell how the command ended; pipes that are held open cost it two seconds. */
const LATE_MS = 10_000;
/** Milliseconds for the reply when a command is killed that nobody waits for any more. */
const TERMINATE_MS = 10_000;

/** What runs behind a handle. It ends once: by the server's reply, by an error, or because it is given up. */
export class ExecRun {
  readonly processId: string;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdin: ExecStdin | undefined;
  readonly #context: ClientContext;
  readonly #checked: CheckedExec;
  readonly #limitMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #release: () => void;
  readonly #status = deferred<ExecStatus>();
  /** Fulfils when the request is on its way, so that what is said about the command comes after it; or never will be. */
  readonly #sent = deferred<void>();
  readonly #over = deferred<void>();
  #begin = 0;
  #ended = false;
  #killed = false;

  /** Begins at once. */
  constructor(context: ClientContext, checked: CheckedExec, options: ExecOptions) {
    const { signal, timeoutMs } = options;
    this.#context = context;
    this.#checked = checked;
    this.#limitMs = isLimit(timeoutMs) ? timeoutMs : 0;
    this.#signal = signal;
    this.stdout = new OutputStream("stdout", checked.maxBufferBytes);
    this.stderr = new OutputStream("stderr", checked.maxBufferBytes);
    const { processId, release } = context.execs.add({
      onOutput: (stream, delta, capReached) => this.#onOutput(stream, delta, capReached),
    });
    this.processId = processId;
    this.#release = release;
    this.stdin = checked.hasStdin
      ? new ExecStdin((message) => this.#tell("command/exec/write", { processId, ...message }))
      : undefined;
    this.#status.promise.catch(() => {}); // who waits for the output alone is told there
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#start();
  }

  /** Fulfils when the command has ended; rejects when that is not known. */
  get status(): Promise<ExecStatus> {
    return this.#status.promise;
  }

  /** Whether it has ended or was given up. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Tells the terminal its new size; nothing happens after the end. */
  async resize(size: CommandExecTerminalSize, options: CallOptions): Promise<void> {
    await this.#tell("command/exec/resize", { processId: this.processId, size }, options);
  }

  /** Kills the command and waits until the server has told its end. */
  async terminate(timeoutMs: number): Promise<void> {
    this.#killed = true;
    const { processId } = this;
    await this.#tell("command/exec/terminate", { processId }, { timeoutMs });
    await this.#over.promise;
  }

  /** Ends it for the caller with a reason, and kills the command behind his back. */
  giveUp(reason: unknown): void {
    if (this.#ended) return;
    const { processId } = this;
    if (this.#begin > 0) {
      this.#context.request("command/exec/terminate", { processId }, { timeoutMs: TERMINATE_MS })
        .catch(() => {}); // it has ended, or the connection has
    }
    this.#fail(reason);
  }

  async #start(): Promise<void> {
    const { processId } = this;
    try {
      await this.#context.metadata("command/exec", {}); // connects
      if (this.#ended) return;
      this.#begin = now();
      // Without a limit of its own the command may run for days, whatever is the default of requests.
      const timeoutMs = this.#limitMs === 0 ? 0 : this.#limitMs + LATE_MS;
      const params = { ...this.#checked.params, processId };
      const request = this.#context.request("command/exec", params, { timeoutMs });
      this.#sent.resolve();
      this.#succeed(execReply(await request));
    } catch (error) {
      if (error instanceof RequestTimeoutError) this.giveUp(error); // it may still run
      else this.#fail(startError(error, this.#checked.params));
    }
  }

  /** Says something about the command after its request was sent, unless it has ended by then. */
  async #tell<M extends "command/exec/write" | "command/exec/resize" | "command/exec/terminate">(
    method: M,
    params: ClientParams<M>,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#sent.promise;
    if (this.#ended) return;
    try {
      await this.#context.request(method, params, { timeoutMs: 0, ...options });
    } catch (error) {
      if (this.#ended || isGone(error)) return; // its end is on the way
      throw error;
    }
  }

  #onOutput(stream: string, deltaBase64: string, capReached: boolean): void {
    const output = stream === "stdout" ? this.stdout : stream === "stderr" ? this.stderr : null;
    if (output === null) return; // of another version of the server
    this.stdin?.onOutput();
    if (capReached) output.truncate();
    try {
      output.push(decodeBase64(deltaBase64));
    } catch (cause) {
      output.fail(unreadableOutput(stream, cause));
    }
  }

  #succeed({ exitCode, stdout, stderr }: ExecReply): void {
    const encoder = new TextEncoder();
    this.stdout.push(encoder.encode(stdout)); // empty where it was streamed
    this.stderr.push(encoder.encode(stderr));
    const tookMs = now() - this.#begin;
    const status: ExecStatus = {
      exitCode,
      success: exitCode === 0,
      killed: this.#killed,
      timedOut: looksTimedOut(exitCode, tookMs, this.#limitMs),
      stdoutTruncated: this.stdout.truncated,
      stderrTruncated: this.stderr.truncated,
    };
    this.#end(() => {
      this.stdout.end();
      this.stderr.end();
      this.#status.resolve(status);
    });
  }

  #fail(reason: unknown): void {
    this.#end(() => {
      this.stdout.fail(reason);
      this.stderr.fail(reason);
      this.#status.reject(reason);
    }, reason);
  }

  #end(settle: () => void, reason?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
    this.#signal?.removeEventListener("abort", this.#onAbort);
    settle();
    this.stdin?.end(reason);
    this.#sent.resolve();
    this.#over.resolve();
  }

  readonly #onAbort = (): void => this.giveUp(this.#signal?.reason);
}

/** Tells "it could not be started" from other failures of the server, and what it was: the server's words do not. */
function startError(error: unknown, { command, cwd }: CheckedExec["params"]): unknown {
  if (!(error instanceof JsonRpcError) || !/^failed to spawn command\b/.test(error.message)) {
    return error;
  }
  const { message, method, rpcCode, data } = error;
  const where = cwd === undefined ? "" : ` in "${cwd}"`;
  return new ExecStartError(`${message}: "${command[0]}"${where}`, { method, rpcCode, data });
}

function isGone(error: unknown): boolean {
  return error instanceof JsonRpcError && /^no active command\/exec\b/.test(error.message);
}

function unreadableOutput(stream: string, cause: unknown): InternalRpcError {
  const method = "command/exec/outputDelta";
  const why = cause instanceof Error ? cause.message : String(cause);
  return new InternalRpcError(`Cannot read what came of ${stream}: ${why}`, {
    method,
    rpcCode: -32603,
    code: "unreadable_reply",
  });
}
