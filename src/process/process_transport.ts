/** A child process as a transport: frames over stdin and stdout, the end of stderr kept. */
import { MessageTooLargeError, TransportClosedError } from "../errors/transport_errors.ts";
import { encodeFrame } from "../framing/frames.ts";
import { LineSplitter } from "../framing/line_splitter.ts";
import type {
  PeerFiles,
  ProcessClose,
  Transport,
  TransportCloseOptions,
} from "../transport/transport.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { letRead, PushStream, type Sink } from "../util/push_stream.ts";
import { waitAtMost } from "../util/timer.ts";
import type { ChildExit, ChildProcess } from "./host.ts";
import { drainPipe } from "./drain_pipe.ts";
import { StderrTail } from "../util/stderr_tail.ts";
import { terminate, TERMINATE_TIMES } from "./terminate.ts";

/** Options of {@linkcode ProcessTransport}. */
export interface ProcessTransportOptions {
  /** Maximum message size in bytes; a larger message ends the transport with `MessageTooLargeError`. */
  readonly maxMessageBytes?: number;
  /** Milliseconds that `close()` waits for the exit after ending stdin. */
  readonly closeGraceMs?: number;
  /** The files on the machine of the process. */
  readonly files?: PeerFiles;
  /**
   * The name of the transport.
   * @default {"stdio"}
   */
  readonly name?: string;
  /** Says why a process ended that nobody asked to end. */
  readonly explain?: (end: Pick<ProcessClose, "code" | "stderrTail">) => Error | undefined;
  /** The variables of the process that hold secrets. */
  readonly hiddenVariables?: readonly string[];
}

/** Milliseconds for a process that no longer reads its input to exit by itself. */
const DEAF_MS = 1_000;

/** Carries frames over the pipes of a child process and owns the process. */
export class ProcessTransport implements Transport {
  readonly name: string;
  readonly pid: number;
  readonly readable: ReadableStream<readonly string[]>;
  readonly writable: WritableStream<string>;
  readonly closed: Promise<ProcessClose>;
  readonly files?: PeerFiles;
  readonly hiddenVariables: readonly string[];

  readonly #child: ChildProcess;
  readonly #graceMs: number;
  readonly #explain: ProcessTransportOptions["explain"];
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #stderr: StderrTail = new StderrTail();
  /** Fulfils at the exit, or if the process could not be ended. */
  readonly #ended: Deferred<ChildExit> = deferred();
  readonly #force: AbortController = new AbortController();
  #termination: Promise<void> | undefined;
  #hasEnded = false;
  #local = false;
  #cause: unknown;
  /** Settles the pending write if the process is gone but its pipe is not. */
  #abandonWrite: (() => void) | undefined;

  /** Takes over a child process: its three pipes and its exit. */
  constructor(child: ChildProcess, options: ProcessTransportOptions = {}) {
    this.#child = child;
    this.#graceMs = options.closeGraceMs ?? TERMINATE_TIMES.graceMs;
    this.#explain = options.explain;
    this.name = options.name ?? "stdio";
    this.pid = child.pid;
    this.hiddenVariables = options.hiddenVariables ?? [];
    if (options.files !== undefined) this.files = options.files;
    this.#stdin = child.stdin.getWriter();
    this.#stdin.closed.catch(() => {}); // reported by the failing write
    this.#stdin.ready.catch(() => {});
    child.exited.then((exit) => this.#ended.resolve(exit));

    const exited = this.#ended.promise.then(() => this.#onExit());
    const stderr = drainPipe(child.stderr, {
      exited,
      onChunk: (chunk) => this.#stderr.push(chunk),
    });
    const { maxMessageBytes } = options;
    const splitter = new LineSplitter(maxMessageBytes === undefined ? {} : { maxMessageBytes });
    const stdout = this.#drainStdout(splitter, exited);
    this.readable = stdout.readable;
    this.closed = this.#finish(Promise.all([stdout.drained, stderr]));
    this.writable = this.#frameSink();
  }

  /** Ends stdin, waits, then sends SIGTERM, then SIGKILL; with `force` it does not wait first. */
  close(options: TransportCloseOptions = {}): Promise<ProcessClose> {
    if (!this.#hasEnded && this.#cause === undefined) this.#local = true;
    if (options.force === true) this.#force.abort();
    this.#end();
    return this.closed;
  }

  /** The same as {@linkcode close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #end(): void {
    this.#termination ??= (async (): Promise<void> => {
      const exit = await terminate(this.#child, {
        ...TERMINATE_TIMES,
        graceMs: this.#graceMs,
        force: this.#force.signal,
        endInput: () => void this.#stdin.close().catch(() => {}),
      });
      if (exit !== undefined) return;
      this.#cause ??= new Error("the process did not end, not even by SIGKILL");
      this.#ended.resolve({ code: null, signal: null });
    })();
  }

  /** Ends the transport because of an error on this side of the pipes. */
  #fail(cause: unknown): void {
    if (this.#hasEnded || this.#termination !== undefined) return;
    this.#cause = cause;
    this.#force.abort();
    this.#end();
  }

  #onExit(): void {
    this.#hasEnded = true;
    // The pipe's handle must be freed even if nothing was ever written.
    this.#stdin.abort().catch(() => {});
    this.#abandonWrite?.();
  }

  async #finish(drained: Promise<unknown>): Promise<ProcessClose> {
    const { code, signal } = await this.#ended.promise;
    await drained;
    const stderrTail = this.#stderr.text();
    const cause = this.#cause ?? (this.#local ? undefined : this.#explain?.({ code, stderrTail }));
    return {
      kind: "process",
      local: this.#local,
      ...(cause === undefined ? {} : { cause }),
      code,
      signal,
      stderrTail,
    };
  }

  /**
   * The frames of stdout, one batch per chunk that completed a line: read on demand while the process runs, and immediately
   * after its exit. The only stream between the pipe and its reader, and none if that has them pushed.
   */
  #drainStdout(splitter: LineSplitter, exited: Promise<void>): {
    readable: ReadableStream<readonly string[]>;
    drained: Promise<void>;
  } {
    let controller!: ReadableStreamDefaultController<readonly string[]>;
    let sink: Sink<readonly string[]> | undefined;
    /** How many microtasks the frames that were pushed last need. */
    let awaited = 0;
    const first = deferred<void>();
    let wanted: Deferred<void> | undefined = first;
    // After the exit or a cancel, reading never waits again.
    let open = false;
    const openGate = (): void => {
      open = true;
      wanted?.resolve();
      wanted = undefined;
    };
    /** Whether the rest is dropped. */
    let cancelled = false;
    const cancel = (reason: unknown): void => {
      // Keep reading and drop the rest, so that the process cannot block on a full pipe while it shuts down.
      cancelled = true;
      openGate();
      if (reason instanceof MessageTooLargeError) this.#fail(reason);
    };
    const readable = new PushStream<readonly string[]>({
      start: (given): void => void (controller = given),
      pull: (): void => {
        if (splitter.failure === undefined) wanted?.resolve();
        else controller.error(splitter.failure); // the lines before it have been read
      },
      push: (given): boolean => {
        if (wanted !== first) return false;
        sink = given;
        wanted = undefined;
        first.resolve();
        return true;
      },
      cancel,
    });
    const push = (lines: readonly string[]): void => {
      if (lines.length === 0) return;
      if (sink !== undefined) awaited = sink(lines) ?? 0;
      else {
        if (!open) wanted = deferred();
        controller.enqueue(lines);
      }
    };
    exited.then(openGate);
    const onChunk = (chunk: Uint8Array): void => {
      if (cancelled) return;
      try {
        push(splitter.push(chunk));
      } catch {
        // In `failure`.
      }
      const { failure } = splitter;
      if (failure === undefined) return;
      cancel(failure);
      if (controller.desiredSize === 0) controller.error(failure); // else once the queue is read
    };
    const room = (): Promise<void> | undefined => {
      if (sink === undefined) return open ? undefined : wanted?.promise;
      const pause = awaited > 0 ? letRead(awaited) : undefined;
      awaited = 0;
      return pause;
    };
    const isPushed = (): boolean => sink !== undefined;
    const stdout = { exited, onChunk, room, isPushed };
    const drained = drainPipe(this.#child.stdout, stdout).then(() => {
      if (cancelled) return;
      push(splitter.end());
      controller.close();
    });
    return { readable, drained };
  }

  #frameSink(): WritableStream<string> {
    return new WritableStream<string>({
      start: (controller): void => {
        this.closed.then((close) => controller.error(new TransportClosedError(close)));
      },
      write: async (frame): Promise<void> => {
        if (!await this.#write(encodeFrame(frame))) {
          throw new TransportClosedError(await this.closed);
        }
      },
      close: (): Promise<void> => this.#stdin.close().catch(() => {}),
      abort: (): Promise<void> => this.#stdin.abort().catch(() => {}),
    });
  }

  /** Writes bytes to stdin. Returns `false` if the process accepts no more. */
  async #write(bytes: Uint8Array): Promise<boolean> {
    if (this.#hasEnded || this.#termination !== undefined) return false;
    const abandoned = new Promise<boolean>((resolve) => {
      this.#abandonWrite = () => resolve(false);
    });
    try {
      return await Promise.race([this.#stdin.write(bytes).then(() => true), abandoned]);
    } catch (cause) {
      // Usually the exit follows; a process that only closed its stdin is useless.
      if (await waitAtMost(this.#ended.promise, DEAF_MS) === undefined) this.#fail(cause);
      return false;
    } finally {
      this.#abandonWrite = undefined;
    }
  }
}
