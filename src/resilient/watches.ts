/** The client's watches on files, which end with their connection. */
import { fieldsOf, stringOf } from "./peek.ts";
import type { PendingCall } from "./pending_calls.ts";
import { RefusedError, type ServerLink } from "./server_link.ts";

/** Starts each watch again on a new connection. */
export class Watches {
  readonly #params = new Map<string, unknown>();

  /** Records the reply to a request. */
  replied({ method, params }: Pick<PendingCall, "method" | "params">): void {
    const id = stringOf(fieldsOf(params).watchId) ?? "";
    if (method === "fs/watch") this.#params.set(id, params);
    if (method === "fs/unwatch") this.#params.delete(id);
  }

  /** Starts the watches again; one whose path is gone stays silent. */
  async renew(link: ServerLink): Promise<void> {
    for (const params of this.#params.values()) {
      await link.call("fs/watch", params).catch((error: unknown) => {
        if (!(error instanceof RefusedError)) throw error;
      });
    }
  }
}
