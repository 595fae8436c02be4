/** A transport that outlives its connections. */
import { ReconnectError } from "../errors/outcome_errors.ts";
import { TransportClosedError } from "../errors/transport_errors.ts";
import type {
  Connect,
  PeerFiles,
  Transport,
  TransportClose,
  TransportCloseOptions,
} from "../transport/transport.ts";
import { now } from "../util/clock.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { onAbort } from "../util/on_abort.ts";
import { sleep, startTimer } from "../util/timer.ts";
import type { Gap } from "./gap.ts";
import { delayMs, dial, isFinal } from "./redial.ts";
import { ServerLink } from "./server_link.ts";
import { Session } from "./session.ts";

/** Options with their defaults. */
export interface CheckedOptions {
  readonly giveUpMs: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  readonly onDown: (close: TransportClose) => void;
  readonly onUp: () => void;
  readonly onGap: (gap: Gap) => void;
}

/** A connection, and the reading of it. */
interface Read {
  readonly link: ServerLink;
  readonly done: Promise<TransportClose>;
}

/** Replaces each connection that is lost, until it is closed or gives up. */
export class ResilientTransport implements Transport {
  readonly readable: ReadableStream<readonly string[]>;
  readonly writable: WritableStream<string>;
  readonly #connect: Connect;
  readonly #options: CheckedOptions;
  readonly #session: Session;
  readonly #closed: Deferred<TransportClose> = deferred();
  readonly #stop = new AbortController();
  #link: ServerLink;
  #input!: ReadableStreamDefaultController<readonly string[]>;
  #output!: WritableStreamDefaultController;
  /** Fulfils when there is a connection again; `undefined` while there is one. */
  #up: Deferred<void> | undefined;
  /** Resumes the reading when there is room for a batch. */
  #resume: (() => void) | undefined;
  #isClosing = false;

  /** Takes over the first connection. */
  constructor(connect: Connect, transport: Transport, options: CheckedOptions) {
    this.#connect = connect;
    this.#options = options;
    this.#link = new ServerLink(transport, 1);
    this.readable = new ReadableStream<readonly string[]>({
      start: (controller): void => {
        this.#input = controller;
      },
      pull: (): void => this.#resume?.(),
      cancel: (): void => void this.close(),
    });
    this.writable = new WritableStream<string>({
      start: (controller): void => {
        this.#output = controller;
      },
      write: (frame): Promise<void> => this.#write(frame),
      close: async (): Promise<void> => void await this.close(),
      abort: (): void => void this.close({ force: true }),
    });
    this.#session = new Session(this.#link, (frames) => {
      if (!this.#isClosing) this.#input.enqueue(frames);
    });
    void this.#run();
  }

  /** The name of the connection's transport, and what this one adds. */
  get name(): string {
    return `resilient:${this.#link.transport.name}`;
  }

  /** The process id of the peer of the current connection, if it is a child process. */
  get pid(): number | undefined {
    return this.#link.transport.pid;
  }

  /** See `Transport`. */
  get hiddenVariables(): readonly string[] {
    return this.#link.transport.hiddenVariables ?? [];
  }

  /** See `Transport`. */
  get files(): PeerFiles | undefined {
    return this.#link.transport.files;
  }

  /** See `Transport`. */
  get maxSentBytes(): number {
    return this.#link.transport.maxSentBytes ?? Infinity;
  }

  get closed(): Promise<TransportClose> {
    return this.#closed.promise;
  }

  /** Ends the connection, or the search for one. */
  async close(options: TransportCloseOptions = {}): Promise<TransportClose> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#stop.abort(new DOMException("The transport was closed", "AbortError"));
      const close = await this.#link.close(options);
      this.#finish({ ...close, local: true });
    }
    return await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(): Promise<void> {
    let read = this.#read(this.#link);
    for (;;) {
      const close = await read.done;
      if (this.#isClosing) return;
      this.#up = deferred();
      this.#session.lose();
      call(() => this.#options.onDown(close));
      try {
        read = await this.#redial();
      } catch (cause) {
        if (this.#isClosing) return;
        this.#isClosing = true;
        return this.#finish({ ...close, local: false, cause });
      }
    }
  }

  /** Finds a connection again. Rejects with `ReconnectError` when it gives up, or when it is closed. */
  async #redial(): Promise<Read> {
    const lostAt = now();
    const ms = (): number => now() - lostAt;
    const { giveUpMs } = this.#options;
    const limit = new AbortController();
    const stopTimer = startTimer(giveUpMs, () => limit.abort());
    const stopListening = onAbort(this.#stop.signal, () => limit.abort());
    try {
      for (let attempts = 1;; attempts++) {
        const failure = await this.#attempt({ attempts, ms }, limit.signal);
        if ("link" in failure) return failure;
        const { error } = failure;
        if (error instanceof ReconnectError) throw error;
        const isLate = limit.signal.aborted;
        if (!isLate && !isFinal(error) && !this.#isClosing) continue;
        const why = isLate
          ? `no connection within ${giveUpMs} ms`
          : "the error would repeat itself";
        throw new ReconnectError(why, { attempts, downMs: Math.round(ms()), cause: error });
      }
    } finally {
      stopTimer();
      stopListening();
    }
  }

  async #attempt(
    outage: { readonly attempts: number; readonly ms: () => number },
    signal: AbortSignal,
  ): Promise<Read | { readonly error: unknown }> {
    let read: Read | undefined;
    try {
      await sleep(delayMs(outage.attempts - 1, this.#options), signal);
      const transport = await dial(this.#connect, signal);
      const link = new ServerLink(transport, this.#link.number + 1);
      this.#link = link;
      if (this.#isClosing) await link.close({ force: true });
      read = this.#read(link);
      const stopListening = onAbort(signal, () => link.drop());
      const gap = await this.#session.attach(link, outage).finally(stopListening);
      this.#up?.resolve();
      this.#up = undefined;
      call(() => this.#options.onUp());
      if (gap !== undefined) call(() => this.#options.onGap(gap));
      return read;
    } catch (error) {
      read?.link.drop();
      const close = await read?.done;
      return { error: error instanceof ReconnectError ? error : close?.cause ?? error };
    }
  }

  /** Reads a connection to its end. */
  #read(link: ServerLink): Read {
    const done = (async (): Promise<TransportClose> => {
      for (;;) {
        const frames = await link.read();
        if (frames === undefined) return await link.ended;
        this.#session.receive(link, frames);
        await this.#room();
      }
    })();
    return { link, done };
  }

  async #room(): Promise<void> {
    while (!this.#isClosing && (this.#input.desiredSize ?? 0) <= 0) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
  }

  async #write(frame: string): Promise<void> {
    while (this.#up !== undefined) await this.#up.promise;
    if (!this.#isClosing) await this.#session.send(frame);
  }

  #finish(close: TransportClose): void {
    this.#resume?.();
    this.#up?.resolve();
    this.#up = undefined;
    try {
      this.#input.close();
    } catch {
      // the client has cancelled it
    }
    this.#output.error(new TransportClosedError(close));
    this.#closed.resolve(close);
  }
}

/** A callback that throws must not break the connection. */
function call(callback: () => void): void {
  try {
    callback();
  } catch {
    // it has nowhere to be reported
  }
}
