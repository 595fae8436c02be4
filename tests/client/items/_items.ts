/** Items of a simulated turn as the server reports them. */
import type { ItemView } from "../../../mod.ts";
import type { ThreadItem } from "../../../protocol.ts";
import { type FakeMessage, notification } from "../../../testing.ts";
import { THREAD, TURN } from "../_fixture.ts";

/** The ids of the turn. */
export const PLACE: { readonly threadId: string; readonly turnId: string } = {
  threadId: THREAD,
  turnId: TURN,
};

/** An item of a kind with an id, without the fields that a test does not look at. */
export function item(type: string, id: string, fields: Record<string, unknown> = {}): ThreadItem {
  return { type, id, ...fields } as unknown as ThreadItem;
}

/** A running command. */
export function command(id: string, fields: Record<string, unknown> = {}): ThreadItem {
  return item("commandExecution", id, {
    command: "ls",
    cwd: "/",
    status: "inProgress",
    aggregatedOutput: null,
    exitCode: null,
    ...fields,
  });
}

export function started(what: ThreadItem): FakeMessage {
  return notification("item/started", { ...PLACE, item: what, startedAtMs: 0 });
}

export function finished(what: ThreadItem): FakeMessage {
  return notification("item/completed", { ...PLACE, item: what, completedAtMs: 0 });
}

/** Any other notification about an item. */
export function about(
  itemId: string,
  method: string,
  params: Record<string, unknown>,
): FakeMessage {
  return notification(`item/${method}`, { ...PLACE, itemId, ...params });
}

/** Returns all values of a stream. */
export async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

/** Returns the next value of a stream that has one. */
export async function next<T>(stream: AsyncIterator<T>): Promise<T> {
  const { value, done } = await stream.next();
  if (done) throw new Error("The stream has ended");
  return value;
}

/** Describes a view and its state in a few words. */
export function summary({ type, id, state }: ItemView): string {
  return `${type} ${id} ${state}`;
}
