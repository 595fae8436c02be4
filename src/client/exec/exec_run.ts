/** One command on the server, from its request to its end. */
import { ExecStartError } from "../../errors/exec_errors.ts";
import { InternalRpcError, JsonRpcError } from "../../errors/json_rpc_errors.ts";
import { RequestTimeoutError } from "../../errors/transport_errors.ts";
import type { ClientParams } from "../../generated/client_requests.ts";
import type { CommandExecTerminalSize } from "../../generated/types.ts";
import { decodeBase64 } from "../../util/bytes.ts";
import { now } from "../../util/clock.ts";
import { deferred } from "../../util/deferred.ts";
import { errorText } from "../../util/error_text.ts";
import { isRecord } from "../../util/is_record.ts";
import { onAbort } from "../../util/on_abort.ts";
import type { CallOptions } from "../call_options.ts";
import { unreadableReply } from "../../errors/unreadable_reply.ts";
import type { ClientContext } from "../client_context.ts";
import { type CheckedExec, type ExecOptions, isLimit } from "./exec_options.ts";
import { type ExecStatus, OutputStream } from "./exec_output.ts";
import { ExecStdin } from "./exec_stdin.ts";

/** Milliseconds past the time limit for the server to report the end; pipes that stay open cost it two seconds. */
const LATE_MS = 10_000;
/** Milliseconds for the reply when a command is killed in the background. */
const TERMINATE_MS = 10_000;

/** The server's exit code of a command that took too long. */
const TIMED_OUT = 124;

/** The command behind a handle. It ends once: by the server's reply, by an error, or when the caller abandons it. */
export class ExecRun {
  readonly processId: string;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdin: ExecStdin | undefined;
  readonly #context: ClientContext;
  readonly #checked: CheckedExec;
  readonly #limitMs: number;
  readonly #stopListening: () => void;
  readonly #release: () => void;
  readonly #done = deferred<ExecStatus>();
  /** Fulfils once the request is sent, so that later messages follow it, or once it is certain never to be sent. */
  readonly #sent = deferred<void>();
  readonly #over = deferred<void>();
  #begin = 0;
  #ended = false;
  #killed = false;

  /** Starts the command. */
  constructor(context: ClientContext, checked: CheckedExec, options: ExecOptions) {
    const { signal, timeoutMs } = options;
    this.#context = context;
    this.#checked = checked;
    this.#limitMs = isLimit(timeoutMs) ? timeoutMs : 0;
    this.stdout = new OutputStream("stdout", checked.maxBufferBytes);
    this.stderr = new OutputStream("stderr", checked.maxBufferBytes);
    const processId = this.processId = context.operations.newId("exec");
    this.#release = context.operations.add(processId, {
      accept: (params) => this.#onOutput(params),
    });
    this.stdin = checked.hasStdin
      ? new ExecStdin((message) => this.#send("command/exec/write", { processId, ...message }))
      : undefined;
    this.#done.promise.catch(() => {}); // a caller may wait for the output alone, which rejects too
    this.#stopListening = onAbort(signal, () => this.abandon(signal?.reason));
    this.#start();
  }

  /** Fulfils when the command has ended; rejects if its end is unknown. */
  get done(): Promise<ExecStatus> {
    return this.#done.promise;
  }

  /** Whether the command has ended or was abandoned. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Resizes the terminal; does nothing after the end. */
  async resize(size: CommandExecTerminalSize, options: CallOptions): Promise<void> {
    await this.#send("command/exec/resize", { processId: this.processId, size }, options);
  }

  /** Kills the command and waits until the server has reported its end. */
  async terminate(timeoutMs: number): Promise<void> {
    this.#killed = true;
    const { processId } = this;
    await this.#send("command/exec/terminate", { processId }, { timeoutMs });
    await this.#over.promise;
  }

  /** Rejects the caller's promises with `reason` and kills the command in the background. */
  abandon(reason: unknown): void {
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
      await this.#context.connection.readyFor("command/exec", {}); // connects
      if (this.#ended) return;
      this.#begin = now();
      // Without its own limit the command may run for days, whatever the default for requests.
      const timeoutMs = this.#limitMs === 0 ? 0 : this.#limitMs + LATE_MS;
      const params = { ...this.#checked.params, processId };
      const request = this.#context.request("command/exec", params, { timeoutMs });
      this.#sent.resolve();
      this.#succeed(readReply(await request));
    } catch (error) {
      if (error instanceof RequestTimeoutError) this.abandon(error); // it may still run
      else this.#fail(startError(error, this.#checked.params));
    }
  }

  /** Sends a request about the command, after the one that starts it and only if the command has not ended by then. */
  async #send<M extends "command/exec/write" | "command/exec/resize" | "command/exec/terminate">(
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

  #onOutput(params: Readonly<Record<string, unknown>>): void {
    const { stream, deltaBase64, capReached } = params;
    const output = stream === "stdout" ? this.stdout : stream === "stderr" ? this.stderr : null;
    if (output === null || typeof deltaBase64 !== "string") return; // from another server version
    this.stdin?.onOutput();
    if (capReached === true) output.truncate();
    try {
      output.push(decodeBase64(deltaBase64));
    } catch (cause) {
      output.fail(unreadableOutput(String(stream), cause));
    }
  }

  #succeed({ exitCode, stdout, stderr }: ExecReply): void {
    const encoder = new TextEncoder();
    this.stdout.push(encoder.encode(stdout)); // empty if it was streamed
    this.stderr.push(encoder.encode(stderr));
    const tookMs = now() - this.#begin;
    const status: ExecStatus = {
      exitCode,
      success: exitCode === 0,
      killed: this.#killed,
      // A command may have chosen the same exit code.
      timedOut: exitCode === TIMED_OUT && this.#limitMs > 0 && tookMs >= this.#limitMs,
      stdoutTruncated: this.stdout.truncated,
      stderrTruncated: this.stderr.truncated,
    };
    this.#end(() => {
      this.stdout.end();
      this.stderr.end();
      this.#done.resolve(status);
    });
  }

  #fail(reason: unknown): void {
    this.#end(() => {
      this.stdout.fail(reason);
      this.stderr.fail(reason);
      this.#done.reject(reason);
    }, reason);
  }

  #end(settle: () => void, reason?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
    this.#stopListening();
    settle();
    this.stdin?.end(reason);
    this.#sent.resolve();
    this.#over.resolve();
  }
}

/** The reply to `command/exec`. */
interface ExecReply {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Reads the reply to `command/exec`.
 *
 * @throws {InternalRpcError} with the code `"unreadable_reply"` if it has no exit code
 */
function readReply(reply: unknown): ExecReply {
  if (!isRecord(reply) || typeof reply.exitCode !== "number") {
    throw unreadableReply("command/exec", reply, "exitCode");
  }
  const { exitCode, stdout, stderr } = reply;
  return {
    exitCode,
    stdout: typeof stdout === "string" ? stdout : "",
    stderr: typeof stderr === "string" ? stderr : "",
  };
}

/** Distinguishes "could not be started" from other server errors, and adds the program, which the server omits. */
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
  const why = errorText(cause);
  return new InternalRpcError(`Cannot decode the output on ${stream}: ${why}`, {
    method,
    rpcCode: -32603,
    code: "unreadable_reply",
  });
}
