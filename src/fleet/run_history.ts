/** What is known of a run before a worker goes on with it. */
import type { ThreadItem, Turn } from "../generated/types.ts";
import type { Thread } from "../client/threads/thread.ts";
import type { AgentJobResult } from "./job.ts";
import type { EventLog, StoredEvent } from "./store.ts";

/** Number of events that one read asks for. */
const PAGE = 500;

/** What the log of a run says. */
export interface LoggedRun {
  /** The result, if the run has ended. */
  readonly result: AgentJobResult | undefined;
  /** The number of the last event. */
  readonly lastSeq: number;
  /** How many workers have held it. */
  readonly attempts: number;
  /** How many of them lost their server over it. */
  readonly lostServers: number;
  /** The ids of the finished items. */
  readonly items: ReadonlySet<string>;
  /** The questions to people, and whether they are settled. */
  readonly requests: ReadonlyMap<string, "open" | "settled">;
  /** Messages that are done with. */
  readonly handled: ReadonlySet<number>;
}

/** Reads a run's log to its end. */
export async function readLog(log: EventLog, runId: string): Promise<LoggedRun> {
  let result: AgentJobResult | undefined;
  let lastSeq = 0;
  let attempts = 0;
  let lostServers = 0;
  const items = new Set<string>();
  const requests = new Map<string, "open" | "settled">();
  const handled = new Set<number>();
  for await (const { seq, event } of allEvents(log, runId)) {
    lastSeq = seq;
    if (event.type === "started") attempts++;
    else if (event.type === "attemptFailed") lostServers += event.code === "server_lost" ? 1 : 0;
    else if (event.type === "item") items.add(event.item.id);
    else if (event.type === "request") requests.set(event.requestId, "open");
    else if (event.type === "resolved") requests.set(event.requestId, "settled");
    else if (event.type === "refused") handled.add(event.message);
    else if (event.type === "ended") result = event.result;
  }
  return { result, lastSeq, attempts, lostServers, items, requests, handled };
}

/** Yields the stored events of a run. */
export async function* allEvents(
  log: EventLog,
  runId: string,
): AsyncGenerator<StoredEvent, void, undefined> {
  for (let after = 0;;) {
    const page = await log.events(runId, after, PAGE);
    yield* page;
    after = page.at(-1)?.seq ?? after;
    if (page.length < PAGE) return;
  }
}

/** The turns of a run in its thread. Each message of a run carries an id that begins with the run's. */
export interface RunTurns {
  /** The turns in which the run asked something, oldest first. */
  readonly turns: readonly Turn[];
  /** The ids of the messages that have reached the thread. */
  readonly sent: ReadonlySet<string>;
}

/** The id of a message of a run. */
export function messageId(
  runId: string,
  part: "prompt" | `go-on-${number}` | `steer-${number}`,
): string {
  return `${runId}:${part}`;
}

/** Number of turns of other runs after which no older turn is read. */
const FOREIGN_TURNS = 100;

/** Reads which messages of a run have reached the thread. */
export async function turnsOfRun(thread: Thread, runId: string): Promise<RunTurns> {
  const turns: Turn[] = [];
  const sent = new Set<string>();
  let foreign = 0;
  for await (const turn of thread.turns({ sortDirection: "desc", itemsView: "full" })) {
    const ids = turn.items.map(clientIdOf).filter((id) => id?.startsWith(`${runId}:`));
    if (ids.length === 0) {
      if (++foreign > FOREIGN_TURNS) break;
      continue;
    }
    turns.unshift(turn);
    for (const id of ids) sent.add(id as string);
  }
  return { turns, sent };
}

function clientIdOf(item: ThreadItem): string | null {
  return item.type === "userMessage" && typeof item.clientId === "string" ? item.clientId : null;
}
