/** The connection of a client: opened on first use, once for many callers, and closed for good. */
import { InvalidStateError } from "../errors/codex_error.ts";
import { RequestTimeoutError, TransportClosedError } from "../errors/transport_errors.ts";
import type { ClientMethod, ClientParams, ClientResult } from "../generated/client_requests.ts";
import {
  type OpenOptions,
  ProtocolConnection,
  type RequestOptions,
} from "../protocol/connection.ts";
import type { ServerMetadata } from "../protocol/metadata.ts";
import type { OnDiagnostic } from "../util/diagnostics.ts";
import type { PeerFiles, TransportClose } from "../transport/transport.ts";
import { Deadline } from "../util/deadline.ts";
import { deferred } from "../util/deferred.ts";
import { checkLimitMs, waitAtMost } from "../util/timer.ts";
import { RequestWindow } from "./request_window.ts";

const CLOSED_HERE: TransportClose = { kind: "stream", local: true };

/** The options of opening, without those that this class sets. */
export type ClientConnectionOptions = Omit<OpenOptions, "signal" | "onClose"> & {
  /** Milliseconds for a request without its own limit; 0 disables the limit. */
  readonly requestTimeoutMs: number;
  /** Called once, when the connection has ended or was closed before it opened. */
  readonly onEnd: (error: TransportClosedError) => void;
  /** Called when an attempt to open the connection has failed; the next request tries again. */
  readonly onStartFailed: (error: unknown) => void;
};

/** Opens a connection on first use; once it has ended, it stays closed. */
export class ClientConnection {
  readonly #options: ClientConnectionOptions;
  readonly #stop = new AbortController();
  #exited = deferred<TransportClose>();
  readonly #window = new RequestWindow();
  #opening: Promise<ProtocolConnection> | undefined;
  #connection: ProtocolConnection | undefined;
  #closeError: TransportClosedError | undefined;
  #hasFailed = false;

  /** Opens nothing yet. */
  constructor(options: ClientConnectionOptions) {
    this.#options = options;
  }

  /**
   * What the server reported about itself.
   *
   * @throws {InvalidStateError} before the connection is initialized
   */
  get metadata(): ServerMetadata {
    if (this.#connection === undefined) {
      throw new InvalidStateError(
        'Cannot read the metadata: the connection is not initialized, await "connect()" first',
      );
    }
    return this.#connection.metadata;
  }

  /** Whether experimental methods and fields may be used. */
  get experimentalApi(): boolean {
    return this.#options.initialize.capabilities?.experimentalApi === true;
  }

  /** Reports what the client noticed and survived; never throws. */
  get onDiagnostic(): OnDiagnostic {
    return this.#options.onDiagnostic;
  }

  /** The process id of the server, if it is a child process. */
  get pid(): number | undefined {
    return this.#connection?.pid;
  }

  /** The files on the server's machine, if they can be reached. */
  get files(): PeerFiles | undefined {
    return this.#connection?.files;
  }

  /** Fulfils when the server has ended or could not be started, with the way it ended; never rejects. */
  get exited(): Promise<TransportClose> {
    return this.#exited.promise;
  }

  /** Returns the connection, opening it on first use; the next call tries a failed opening again. */
  ready(): Promise<ProtocolConnection> {
    if (this.#closeError !== undefined) return Promise.reject(this.#closeError);
    this.#opening ??= this.#open().catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  /**
   * Returns the connection for a request. The request's limits also bound the wait for opening, which itself continues if
   * they expire.
   */
  async readyFor(
    method: string,
    { signal, timeoutMs = 0 }: Pick<RequestOptions, "signal" | "timeoutMs">,
  ): Promise<ProtocolConnection> {
    signal?.throwIfAborted();
    checkLimitMs("timeoutMs", timeoutMs);
    const connection = this.#connection ??
      await waitAtMost(this.ready(), timeoutMs, signal);
    if (connection === undefined) throw new RequestTimeoutError(method, timeoutMs);
    this.assertOpen();
    return connection;
  }

  /** Sends a request as soon as few enough others are in flight, opening the connection on first use. */
  async request<M extends ClientMethod>(
    method: M,
    params: ClientParams<M>,
    options: RequestOptions<ClientResult<M>>,
  ): Promise<ClientResult<M>> {
    const { signal, timeoutMs } = options;
    checkLimitMs("timeoutMs", timeoutMs);
    const timeoutError = (ms: number): Error => new RequestTimeoutError(method, ms);
    // The client's own limit is for the reply; one that the caller sets covers the whole wait.
    let deadline = timeoutMs === undefined
      ? undefined
      : new Deadline({ signal, timeoutMs, timeoutError });
    try {
      const connection = await this.readyFor(method, deadline?.limits ?? { signal });
      const { requestTimeoutMs } = this.#options;
      deadline ??= new Deadline({ signal, timeoutMs: requestTimeoutMs, timeoutError });
      const within = { ...options, signal: deadline.signal };
      const send = (): Promise<ClientResult<M>> => connection.request(method, params, within);
      return await this.#window.run(send, deadline.signal);
    } finally {
      deadline?.end();
    }
  }

  /** Throws the `TransportClosedError` of a connection that has ended or is being closed. */
  assertOpen(): void {
    if (this.#closeError !== undefined) throw this.#closeError;
  }

  /** Closes the connection, after `windDown` has ended what runs on it. */
  async close(windDown: (connection: ProtocolConnection) => Promise<void>): Promise<void> {
    this.#closeError ??= new TransportClosedError(CLOSED_HERE);
    this.#stop.abort(this.#closeError);
    const connection = this.#connection ?? await this.#opening?.catch(() => undefined);
    if (connection === undefined) return this.#ended(this.#closeError);
    await windDown(connection);
    await connection.close();
  }

  async #open(): Promise<ProtocolConnection> {
    if (this.#hasFailed) this.#exited = deferred();
    let opened = false;
    let endedEarly: TransportClosedError | undefined;
    const open = (): Promise<ProtocolConnection> =>
      ProtocolConnection.open({
        ...this.#options,
        signal: this.#stop.signal,
        onClose: (error) => opened ? this.#ended(error) : endedEarly = error,
      });
    let connection: ProtocolConnection;
    try {
      connection = await (this.#options.tracing?.connect(open) ?? open());
    } catch (error) {
      this.#startFailed(error, endedEarly?.close);
      throw error;
    }
    opened = true;
    this.#connection = connection;
    if (endedEarly !== undefined) this.#ended(endedEarly);
    return connection;
  }

  #startFailed(cause: unknown, close: TransportClose | undefined): void {
    this.#hasFailed = true;
    this.#exited.resolve(
      close ?? this.#closeError?.close ?? { kind: "stream", local: false, cause },
    );
    if (this.#closeError === undefined) this.#options.onStartFailed(cause);
  }

  #ended(error: TransportClosedError): void {
    this.#closeError = error;
    this.#exited.resolve(error.close);
    this.#options.onEnd(error);
  }
}
