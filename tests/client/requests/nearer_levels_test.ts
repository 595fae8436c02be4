import { AskedRequest } from "../../../src/protocol/asked_request.ts";
import { type LevelSources, nearerLevels } from "../../../src/client/requests/nearer_levels.ts";
import { RequestLevel } from "../../../src/client/requests/request_level.ts";
import { assertEquals, assertStrictEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";

/** Threads that all have a level, and a turn that runs. */
function family(parents: Readonly<Record<string, string>>): {
  readonly sources: LevelSources;
  readonly level: (name: string) => RequestLevel;
} {
  const levels = new Map<string, RequestLevel>();
  const level = (name: string): RequestLevel => {
    if (!levels.has(name)) levels.set(name, new RequestLevel());
    return levels.get(name) as RequestLevel;
  };
  const sources = {
    threads: {
      state: (id: string) => ({ handlers: level(`thread ${id}`) }),
      opened: () => undefined,
    },
    router: {
      turn: (id: string, turnId: string) => ({ handlers: level(`turn ${turnId} of ${id}`) }),
      running: (id: string) => ({ handlers: level(`running of ${id}`) }),
      owners: [],
      mayBecomeOurs: () => false,
      changed: () => Promise.resolve(),
    },
    parentOf: (id: string) => parents[id],
  } as unknown as LevelSources;
  return { sources, level };
}

function request(params: unknown): AskedRequest {
  return new AskedRequest({ id: 1, method: "item/tool/call", params });
}

test("nearerLevels leads a sub-agent's request to those who started it, after its own handlers [R-40]", async () => {
  const { sources, level } = family({ child: "parent", parent: "grandparent" });
  const levels = await nearerLevels(
    sources,
    request({ threadId: "child", turnId: "t" }),
    undefined,
  );
  const names = [
    "turn t of child",
    "thread child",
    "running of parent",
    "thread parent",
    "running of grandparent",
    "thread grandparent",
  ];
  assertEquals(levels.length, names.length);
  names.forEach((name, at) => assertStrictEquals(levels[at], level(name), name));
});

test("nearerLevels ends with a family that has no beginning, and asks nobody about no thread", async () => {
  const { sources } = family({ child: "child" });
  const levels = await nearerLevels(sources, request({ threadId: "child" }), undefined);
  assertEquals(levels.length, 2 + 2 * 16);
  assertEquals(await nearerLevels(sources, request({}), undefined), []);
});

test("nearerLevels waits for a reply, but not for one that is held back until the answer is there", async () => {
  const { sources, level } = family({});
  const threads = { state: () => undefined, opened: () => new Promise<void>(() => {}) };
  const waiting = { ...sources, threads, router: { ...sources.router, turn: () => undefined } };
  const asked = request({ threadId: "stored", turnId: "t" });
  assertEquals(await nearerLevels(waiting, asked, undefined, 20), []);
  const replied = { ...sources, threads: { ...sources.threads, opened: () => Promise.resolve() } };
  assertStrictEquals((await nearerLevels(replied, asked, undefined))[1], level("thread stored"));
});

test("nearerLevels ends its wait with the request", async () => {
  const { sources } = family({});
  const threads = { state: () => undefined, opened: () => new Promise<void>(() => {}) };
  const asked = request({ threadId: "stored" });
  const levels = Promise.resolve(nearerLevels({ ...sources, threads }, asked, undefined));
  const reason = new Error("the turn has ended");
  asked.withdraw(reason);
  assertStrictEquals(await levels.catch((error) => error), reason);
});
