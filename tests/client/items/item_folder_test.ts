import { ItemFolder } from "../../../src/client/items/item_folder.ts";
import type { ServerNotification } from "../../../src/protocol/notification.ts";
import type { ThreadItem } from "../../../protocol.ts";
import { assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { command } from "./_items.ts";

function event(method: string, item: ThreadItem): ServerNotification {
  const params = { threadId: "t", turnId: "u", item };
  return { method, params } as unknown as ServerNotification;
}

function folder(...last: ThreadItem[]): ItemFolder {
  return new ItemFolder({ lastItems: () => Promise.resolve(last) });
}

test("ItemFolder.leave calls back when all yielded views have ended, and does not wait for unread ones", async () => {
  const items = folder();
  for (const id of ["a", "unread"]) items.push(event("item/started", command(id)));
  const { value: view } = await items.next();
  let idle = 0;
  items.leave(() => idle++);
  assertEquals([items.ended, idle], [true, 0]);
  items.push(event("item/started", command("later")));
  items.push(event("item/completed", command("without a start")));
  assertEquals(idle, 0);
  items.push(event("item/completed", command("a")));
  assertEquals([idle, view?.state], [1, "completed"]);
  assertEquals(await items.next(), { value: undefined, done: true });
});

test("ItemFolder.leave calls back at once if nothing was yielded", () => {
  const items = folder();
  items.push(event("item/started", command("unread")));
  let idle = 0;
  items.leave(() => idle++);
  assertEquals(idle, 1);
});

test("ItemFolder.end closes open views before the reader sees the end", async () => {
  const whole = command("a", { exitCode: 0 });
  const items = folder(whole);
  for (const id of ["a", "b"]) items.push(event("item/started", command(id)));
  items.end();
  const views = [(await items.next()).value, (await items.next()).value];
  assertEquals(await items.next(), { value: undefined, done: true });
  assertEquals(views.map((view) => view?.state), ["completed", "interrupted"]);
  assertEquals(views[0]?.item, whole);
});

test("ItemFolder.clear leaves nothing open", async () => {
  const items = folder();
  items.push(event("item/started", command("a")));
  const { value: view } = await items.next();
  items.clear();
  assertEquals([view?.state, items.ended], ["interrupted", true]);
});
