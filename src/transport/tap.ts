import type { Transport, TransportClose, TransportCloseOptions } from "./transport.ts";

/**
 * Callbacks for {@linkcode tapTransport}; an error thrown by one is ignored.
 *
 * @example
 * ```ts
 * import type { TransportTap } from "@codex-app-server/sdk/transport";
 *
 * const log: TransportTap = {
 *   onSend: (frame) => console.debug(">", frame),
 *   onReceive: (frame) => console.debug("<", frame),
 * };
 * ```
 */
export interface TransportTap {
  /** Called with each frame before it is written. */
  readonly onSend?: (frame: string) => void;
  /** Called with each frame after it is read. */
  readonly onReceive?: (frame: string) => void;
}

/**
 * Wraps a transport to observe every frame in order, for recording and tests.
 *
 * @example
 * ```ts
 * import { tapTransport } from "@codex-app-server/sdk/transport";
 *
 * const recorded: string[] = [];
 * const recording = (transport: Parameters<typeof tapTransport>[0]) =>
 *   tapTransport(transport, { onReceive: (frame) => recorded.push(frame) });
 * ```
 */
export function tapTransport(transport: Transport, tap: TransportTap): Transport {
  return {
    name: transport.name,
    ...(transport.pid === undefined ? {} : { pid: transport.pid }),
    ...(transport.maxSentBytes === undefined ? {} : { maxSentBytes: transport.maxSentBytes }),
    ...(transport.hiddenVariables === undefined
      ? {}
      : { hiddenVariables: transport.hiddenVariables }),
    ...(transport.files === undefined ? {} : { files: transport.files }),
    readable: tapReadable(transport.readable, tap.onReceive),
    writable: tapWritable(transport.writable, tap.onSend),
    closed: transport.closed,
    close: (options?: TransportCloseOptions): Promise<TransportClose> => transport.close(options),
    [Symbol.asyncDispose]: async (): Promise<void> => void await transport.close(),
  };
}

function tapReadable(
  source: ReadableStream<readonly string[]>,
  onReceive: TransportTap["onReceive"],
): ReadableStream<readonly string[]> {
  const reader = source.getReader();
  return new ReadableStream<readonly string[]>({
    async pull(controller): Promise<void> {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      for (const frame of value) call(onReceive, frame);
      controller.enqueue(value);
    },
    cancel: (reason): Promise<void> => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

function tapWritable(
  target: WritableStream<string>,
  onSend: TransportTap["onSend"],
): WritableStream<string> {
  const writer = target.getWriter();
  return new WritableStream<string>({
    start(controller): void {
      // Propagate the end of the transport immediately, not at the next write.
      writer.closed.catch((error: unknown) => controller.error(error));
    },
    write(frame): Promise<void> {
      // Before the write: the reply may be read before the write is done.
      call(onSend, frame);
      return writer.write(frame);
    },
    close: (): Promise<void> => writer.close(),
    abort: (reason): Promise<void> => writer.abort(reason),
  });
}

function call(callback: ((frame: string) => void) | undefined, frame: string): void {
  try {
    callback?.(frame);
  } catch {
    // A failing recorder must not break the connection.
  }
}
