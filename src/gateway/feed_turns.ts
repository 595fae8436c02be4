/** The last turns of a thread as data. */
import type { Turn, TurnError } from "../generated/types.ts";
import { isRecord } from "../util/is_record.ts";
import type { FeedItem } from "./feed_items.ts";
import type { ItemData, TurnData, TurnHead } from "./wire.ts";

/** A turn of a feed. */
export class FeedTurn {
  head: TurnHead;
  readonly items: FeedItem[] = [];

  /** Wraps a turn as first reported. */
  constructor(turn: Partial<Turn> & { readonly id: string }) {
    this.head = headOf(turn);
  }

  /** The data of the turn now. */
  get data(): TurnData {
    return { ...this.head, items: this.items.map(({ data }) => data) };
  }
}

/** Returns a turn of the history as data. */
export function turnData(turn: Turn): TurnData {
  const items = (Array.isArray(turn.items) ? turn.items : []).map((item): ItemData => ({
    key: 0,
    state: "completed",
    item,
    review: null,
    progress: null,
    output: "",
    stdin: "",
  }));
  return { ...headOf(turn), items };
}

/** Returns a turn without its items. */
export function headOf(turn: Partial<Turn> & { readonly id: string }): TurnHead {
  return {
    id: turn.id,
    status: turn.status ?? "inProgress",
    error: turn.error == null ? null : turnError(turn.error),
    retry: null,
    plan: null,
    diff: null,
    usage: null,
    startedAt: turn.startedAt ?? null,
    completedAt: turn.completedAt ?? null,
  };
}

/** What went wrong, in words that tell nothing about the server. */
const MESSAGES: Readonly<Record<string, string>> = {
  contextWindowExceeded: "The conversation is too long for the model.",
  sessionBudgetExceeded: "The budget of the session is used up.",
  usageLimitExceeded: "The usage limit of the account is reached.",
  rateLimitExceeded: "The model is asked too often.",
  serverOverloaded: "The model is overloaded.",
  modelNotFound: "The model does not exist.",
  unauthorized: "The server is not logged in to the model.",
};

/** Returns the error of a turn without the server's message, which may name addresses and paths. */
export function turnError(error: TurnError): { code: string; message: string } {
  const info: unknown = isRecord(error) ? error.codexErrorInfo : null;
  const code = typeof info === "string" ? info : isRecord(info) ? Object.keys(info)[0] : undefined;
  const known = code ?? "other";
  const message = Object.hasOwn(MESSAGES, known) ? MESSAGES[known] : undefined;
  return { code: known, message: message ?? "The turn failed." };
}
