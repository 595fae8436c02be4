/** The state of a thread in a page, and how each event changes it. */
import {
  type ItemData,
  MAIN_FIELD,
  type RequestData,
  type ThreadData,
  type ThreadEvent,
  type TurnData,
  type TurnHead,
} from "../gateway/wire.ts";

/**
 * The state of a thread: plain data. A change makes new objects of what has changed, and keeps the others, so that a page
 * can compare by identity.
 *
 * @example
 * ```ts
 * import type { ThreadView } from "@codex-app-server/sdk/gateway/client";
 *
 * const lastText = ({ turns }: ThreadView): string => {
 *   const item = turns.at(-1)?.items.findLast(({ item }) => item.type === "agentMessage")?.item;
 *   return item?.type === "agentMessage" ? item.text : "";
 * };
 * ```
 */
export interface ThreadView {
  /** The connection: `"lost"` means that it is being opened again, `"closed"` that it is not. */
  readonly connection: "connecting" | "live" | "lost" | "closed";
  /** The thread; `null` before the first snapshot. */
  readonly thread: ThreadData | null;
  /** The turns, oldest first; the running one is the last. */
  readonly turns: readonly TurnData[];
  /** Whether there are older turns, for `loadOlder()`. */
  readonly hasOlder: boolean;
  /** The open requests, oldest first. */
  readonly requests: readonly RequestData[];
}

/** The state before the first snapshot. */
export const EMPTY: ThreadView = {
  connection: "connecting",
  thread: null,
  turns: [],
  hasOlder: false,
  requests: [],
};

/** Returns the state after an event. */
export function applyEvent(view: ThreadView, event: ThreadEvent): ThreadView {
  if (isPiece(event)) {
    const [key, text, path] = event;
    return changeItem(view, key, (data) => withPiece(data, text, path));
  }
  switch (event.type) {
    case "snapshot": {
      const { thread, turns, hasOlder, requests } = event;
      // Turns that were loaded before stay, if none is missing in between.
      const at = view.turns.findIndex(({ id }) => id === turns[0]?.id);
      const older = hasOlder && at > 0 ? view.turns.slice(0, at) : [];
      const isWhole = older.length > 0 && !view.hasOlder;
      return {
        connection: "live",
        thread,
        turns: [...older, ...turns],
        hasOlder: hasOlder && !isWhole,
        requests,
      };
    }
    case "thread":
      return view.thread === null ? view : { ...view, thread: { ...view.thread, ...event.thread } };
    case "turn": {
      const { type: _type, ...change } = event;
      const known = view.turns.some(({ id }) => id === event.id);
      const turns = known
        ? view.turns.map((turn) => turn.id === event.id ? { ...turn, ...change } : turn)
        : [...view.turns, { ...(change as TurnHead), items: [] }];
      return { ...view, turns };
    }
    case "item": {
      const { type: _type, turnId, ...data } = event;
      return {
        ...view,
        turns: view.turns.map((turn) =>
          turn.id === turnId ? { ...turn, items: [...turn.items, data] } : turn
        ),
      };
    }
    case "change": {
      const { type: _type, key, set, ...fields } = event;
      return changeItem(view, key, (data) => ({
        ...data,
        ...fields,
        ...(set === undefined ? {} : { item: { ...data.item, ...set } as ItemData["item"] }),
      }));
    }
    case "request":
      return { ...view, requests: [...view.requests, event.request] };
    case "answered":
      return { ...view, requests: view.requests.filter(({ id }) => id !== event.id) };
    default:
      return view; // of a newer gateway
  }
}

function isPiece(event: ThreadEvent): event is Extract<ThreadEvent, readonly unknown[]> {
  return Array.isArray(event);
}

/** Changes the item with a key, which is most likely among the last. */
function changeItem(
  view: ThreadView,
  key: number,
  change: (data: ItemData) => ItemData,
): ThreadView {
  const turnAt = view.turns.findLastIndex(({ items }) => items.some((item) => item.key === key));
  const turn = view.turns[turnAt];
  if (turn === undefined) return view;
  const items = turn.items.map((item) => item.key === key ? change(item) : item);
  return { ...view, turns: view.turns.with(turnAt, { ...turn, items }) };
}

function withPiece(data: ItemData, text: string, path: string | undefined): ItemData {
  if (path === "output" || path === "stdin") return { ...data, [path]: data[path] + text };
  const item = data.item as unknown as Readonly<Record<string, unknown>>;
  const [field = "", index] = (path ?? MAIN_FIELD[data.item.type] ?? "").split("/");
  const old = item[field];
  if (index === undefined) return withItem(data, field, String(old ?? "") + text);
  const parts = Array.isArray(old) ? [...old] : [];
  while (parts.length <= Number(index)) parts.push("");
  parts[Number(index)] += text;
  return withItem(data, field, parts);
}

function withItem(data: ItemData, field: string, value: unknown): ItemData {
  return { ...data, item: { ...data.item, [field]: value } as ItemData["item"] };
}
