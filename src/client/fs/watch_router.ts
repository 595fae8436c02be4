/** Leads the changes of files to whoever watches them, by watch id. */
import { isRecord } from "../../util/is_record.ts";

/** Takes in what one watch sees. */
export interface WatchSink {
  readonly onChange: (paths: readonly string[]) => void;
  /** The connection has ended; with an error, unless that was wanted. */
  readonly onEnd: (error: unknown) => void;
}

/** The watches of one connection. */
export class WatchRouter {
  readonly #sinks = new Map<string, WatchSink>();
  #lastId = 0;

  /** How many watches are open. */
  get size(): number {
    return this.#sinks.size;
  }

  /** Adds a watch under an id that no other one of this connection has; the function that is returned takes it away. */
  add(sink: WatchSink): { readonly watchId: string; readonly release: () => void } {
    const watchId = `sdk-watch-${++this.#lastId}`;
    this.#sinks.set(watchId, sink);
    return { watchId, release: () => void this.#sinks.delete(watchId) };
  }

  /** Takes the params of an `fs/changed` in; what is of no watch here is for other listeners. */
  route(params: unknown): void {
    if (!isRecord(params) || typeof params.watchId !== "string") return;
    const sink = this.#sinks.get(params.watchId);
    if (sink === undefined || !Array.isArray(params.changedPaths)) return;
    sink.onChange(params.changedPaths.filter((path) => typeof path === "string"));
  }

  /** Ends every watch: the connection is gone. */
  close(error?: unknown): void {
    const sinks = [...this.#sinks.values()];
    this.#sinks.clear();
    for (const sink of sinks) sink.onEnd(error);
  }
}
