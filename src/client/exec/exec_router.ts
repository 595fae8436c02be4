/** Leads the output of commands to whoever runs them, by process id. */
import { isRecord } from "../../util/is_record.ts";

/** Takes in what one command writes. */
export interface ExecSink {
  /** Takes a piece of `"stdout"` or `"stderr"`, in base64; nothing comes after the one with `capReached`. */
  readonly onOutput: (stream: string, deltaBase64: string, capReached: boolean) => void;
}

/** The running commands of one connection. */
export class ExecRouter {
  readonly #sinks = new Map<string, ExecSink>();
  #lastId = 0;

  /** How many commands run. */
  get size(): number {
    return this.#sinks.size;
  }

  /** Adds a command under an id that no other one of this connection has; the function that is returned takes it away. */
  add(sink: ExecSink): { readonly processId: string; readonly release: () => void } {
    const processId = `sdk-exec-${++this.#lastId}`;
    this.#sinks.set(processId, sink);
    return { processId, release: () => void this.#sinks.delete(processId) };
  }

  /** Takes the params of a `command/exec/outputDelta` in; what is of no command here is for other listeners. */
  route(params: unknown): void {
    if (!isRecord(params)) return;
    const { processId, stream, deltaBase64, capReached } = params;
    if (typeof processId !== "string" || typeof stream !== "string") return;
    if (typeof deltaBase64 !== "string") return;
    this.#sinks.get(processId)?.onOutput(stream, deltaBase64, capReached === true);
  }
}
