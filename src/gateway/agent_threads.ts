/** The threads of sub-agents: who may read them, and a handle that only reads. */
import { isCodexError } from "../errors/codex_error.ts";
import { LiveStream } from "../client/events/live_stream.ts";
import type { ServerNotification } from "../protocol/notification.ts";
import type { Thread as StoredThread, ThreadStatus } from "../generated/types.ts";
import { isRecord } from "../util/is_record.ts";
import { GatewayFault } from "./faults.ts";
import type { ThreadOwners } from "./owners.ts";
import type { GatewayClient, GatewayThread, GatewayTurn } from "./port.ts";

/** How many ancestors are asked for. */
const MAX_DEPTH = 16;
/** Characters of an id. */
const ID_CHARS = 100;

/** Whether a thread is the user's: by itself, or as that of a sub-agent below one of the user's threads. */
export async function isUsers(
  threadId: string,
  { userId, owners, client }: {
    readonly userId: string;
    readonly owners: ThreadOwners;
    readonly client: GatewayClient;
  },
): Promise<boolean> {
  let id = threadId;
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    if (id === "" || id.length > ID_CHARS) return false;
    const owner = await owners.ownerOf(id);
    // A thread that has an owner is that owner's alone, whoever started it.
    if (owner !== undefined) return owner === userId;
    const parent = (await storedThread(id, client))?.parentThreadId;
    if (typeof parent !== "string") return false;
    id = parent;
  }
  return false;
}

/** Returns what is stored of a sub-agent's thread; `undefined` for other threads. */
export async function storedAgent(
  threadId: string,
  client: GatewayClient,
): Promise<StoredThread | undefined> {
  const stored = await storedThread(threadId, client);
  return typeof stored?.parentThreadId === "string" ? stored : undefined;
}

async function storedThread(
  threadId: string,
  client: GatewayClient,
): Promise<StoredThread | undefined> {
  try {
    const { thread } = await client.request("thread/read", { threadId });
    // What another thread says about itself does not count.
    return isRecord(thread) && thread.id === threadId ? thread : undefined;
  } catch (error) {
    // The server refuses ids that it does not know, or that are none.
    const isUnknown = isCodexError(error) && error.code !== "transport_closed" &&
      error.code !== "request_timeout" && error.code !== "server_busy";
    if (isUnknown) return undefined;
    throw error;
  }
}

/**
 * A sub-agent's thread, as its user reads it. It is neither resumed nor closed: the connection has its events through the
 * parent's thread, whose handlers also answer what the agent asks.
 */
export class AgentThread implements GatewayThread {
  readonly id: string;
  readonly name: string | null;
  readonly status: ThreadStatus;
  readonly settings: GatewayThread["settings"];
  readonly #client: GatewayClient;

  /** Wraps what is stored of the thread. */
  constructor(stored: StoredThread, client: GatewayClient) {
    this.id = stored.id;
    this.name = stored.name ?? stored.agentNickname ?? null;
    this.status = stored.status;
    this.settings = { model: stored.model ?? "", cwd: stored.cwd };
    this.#client = client;
  }

  turn(): Promise<GatewayTurn> {
    return Promise.reject(readOnly());
  }

  setName(): Promise<void> {
    return Promise.reject(readOnly());
  }

  activeTurn(): undefined {
    return undefined;
  }

  events(): ReturnType<GatewayThread["events"]> {
    const all = this.#client.notifications();
    const isOwn = ({ params }: ServerNotification): boolean =>
      isRecord(params) && params.threadId === this.id;
    return {
      batches: () => {
        const source = all.batches();
        const next = async (): Promise<
          IteratorResult<readonly ServerNotification[], undefined>
        > => {
          for (;;) {
            const batch = await source.next();
            if (batch.done) return batch;
            const own = batch.value.filter(isOwn);
            if (own.length > 0) return { value: own, done: false };
          }
        };
        return new LiveStream({ next }, async () => void await source.return());
      },
      return: () => all.return(),
    };
  }

  requests(): LiveStream<never> {
    return new LiveStream<never>(
      { next: () => Promise.resolve({ value: undefined, done: true }) },
      () => {},
    );
  }

  read(): Promise<{ readonly thread: StoredThread }> {
    return this.#client.request("thread/read", { threadId: this.id });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The error of whatever would change a sub-agent's thread. */
export function readOnly(): GatewayFault {
  const message = "The thread is a sub-agent's: it can be read, and its parent takes messages";
  return new GatewayFault(403, "read_only", message);
}
