/** A WebSocket over the stdin and stdout of a child process, such as `codex app-server proxy` on another machine. */
import type {
  ProcessClose,
  SocketClose,
  Transport,
  TransportCloseOptions,
} from "../transport/transport.ts";
import { waitAtMost } from "../util/timer.ts";
import { webSocketFromStreams } from "../websocket/from_streams.ts";
import { drainPipe } from "./drain_pipe.ts";
import type { ChildExit, ChildProcess } from "./host.ts";
import type { ProcessTransportOptions } from "./process_transport.ts";
import { StderrTail } from "../util/stderr_tail.ts";
import { terminate, TERMINATE_TIMES } from "./terminate.ts";

/** Options of {@linkcode openChildSocket}. */
export interface ChildSocketOptions
  extends Pick<ProcessTransportOptions, "maxMessageBytes" | "closeGraceMs" | "explain"> {
  readonly name: string;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds for a child to say on stderr why its output ended. */
const LAST_WORDS_MS = 2_000;

/** Milliseconds to log in on the other side and to open the socket there. */
const HANDSHAKE_TIMEOUT_MS = 30_000;

/**
 * Opens a WebSocket over a child process and takes it over; if that fails, ends it.
 *
 * @throws what `explain` makes of its end, or else the error of the handshake
 */
export async function openChildSocket(
  child: ChildProcess,
  options: ChildSocketOptions,
): Promise<Transport> {
  const owner = new ChildOwner(child, options);
  const { name, maxMessageBytes, closeGraceMs, signal } = options;
  try {
    const socket = await webSocketFromStreams(
      { readable: child.stdout, writable: child.stdin },
      {
        name,
        signal,
        handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
        ...(maxMessageBytes === undefined ? {} : { maxMessageBytes }),
        ...(closeGraceMs === undefined ? {} : { closeTimeoutMs: closeGraceMs }),
      },
    );
    return new ChildSocketTransport(socket, child.pid, owner);
  } catch (error) {
    const { cause } = await owner.end({ force: signal?.aborted === true });
    throw signal?.aborted === true ? error : cause ?? error;
  }
}

/** Ends a child process whose stdin and stdout somebody else has, and knows why it ended. */
class ChildOwner {
  readonly #child: ChildProcess;
  readonly #options: ChildSocketOptions;
  readonly #stderr: StderrTail = new StderrTail();
  readonly #drained: Promise<void>;
  readonly #force: AbortController = new AbortController();
  #ending: Promise<ProcessClose> | undefined;

  constructor(child: ChildProcess, options: ChildSocketOptions) {
    this.#child = child;
    this.#options = options;
    this.#drained = drainPipe(child.stderr, {
      exited: child.exited,
      onChunk: (chunk) => this.#stderr.push(chunk),
    });
  }

  /** Ends the process, whose input has ended already, and returns how it ended. */
  end({ force = false }: TransportCloseOptions = {}): Promise<ProcessClose> {
    if (force) this.#force.abort();
    return this.#ending ??= this.#end();
  }

  async #end(): Promise<ProcessClose> {
    const { closeGraceMs = LAST_WORDS_MS, explain } = this.#options;
    const exit: ChildExit = await terminate(this.#child, {
      ...TERMINATE_TIMES,
      graceMs: closeGraceMs,
      force: this.#force.signal,
      endInput: () => void this.#child.stdin.abort().catch(() => {}),
    }) ?? { code: null, signal: null };
    await waitAtMost(this.#drained, LAST_WORDS_MS);
    const stderrTail = this.#stderr.text();
    const cause = explain?.({ code: exit.code, stderrTail });
    const end = { kind: "process", local: false, ...exit, stderrTail } as const;
    return cause === undefined ? end : { ...end, cause };
  }
}

/** The socket, which ends with its process. */
class ChildSocketTransport implements Transport {
  readonly name: string;
  readonly pid: number;
  readonly readable: ReadableStream<readonly string[]>;
  readonly writable: WritableStream<string>;
  readonly maxSentBytes?: number;
  readonly closed: Promise<ProcessClose | SocketClose>;
  readonly #socket: Transport;
  readonly #owner: ChildOwner;
  #isForced = false;

  constructor(socket: Transport, pid: number, owner: ChildOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.name = socket.name;
    this.pid = pid;
    this.readable = socket.readable;
    this.writable = socket.writable;
    if (socket.maxSentBytes !== undefined) this.maxSentBytes = socket.maxSentBytes;
    this.closed = this.#end();
  }

  close(options: TransportCloseOptions = {}): Promise<ProcessClose | SocketClose> {
    if (options.force === true) {
      this.#isForced = true;
      void this.#owner.end({ force: true });
    }
    void this.#socket.close(options);
    return this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #end(): Promise<ProcessClose | SocketClose> {
    const close = await this.#socket.closed as SocketClose;
    const end = await this.#owner.end({ force: this.#isForced });
    return close.local || (end.code === 0 && end.cause === undefined) ? close : end;
  }
}
