import { HandlerScope } from "../../../src/client/requests/handler_scope.ts";
import { resolveScopes } from "../../../src/client/requests/resolve_scopes.ts";
import { ServerRequest } from "../../../src/client/requests/server_request.ts";
import { assertEquals, assertStrictEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";

const client = new HandlerScope();

type ScopeSessions = Parameters<typeof resolveScopes>[0];

/** Threads that all have a scope, and a running turn. */
function family(parents: Readonly<Record<string, string>>): {
  readonly sessions: ScopeSessions;
  readonly scope: (name: string) => HandlerScope;
} {
  const scopes = new Map<string, HandlerScope>();
  const scope = (name: string): HandlerScope => {
    if (!scopes.has(name)) scopes.set(name, new HandlerScope());
    return scopes.get(name) as HandlerScope;
  };
  const sessions = {
    get: (id: string) => ({
      state: { handlers: scope(`thread ${id}`) },
      opened: undefined,
      turn: (turnId: string) => ({ handlers: scope(`turn ${turnId} of ${id}`) }),
      running: { handlers: scope(`running of ${id}`) },
      mayBecomeOurs: () => false,
      isAbandoned: () => false,
      isOurs: () => false,
      starts: { abandoned: undefined },
    }),
    agents: { parentOf: (id: string) => parents[id] },
  } as unknown as ScopeSessions;
  return { sessions, scope };
}

function request(params: unknown): ServerRequest {
  return new ServerRequest({ id: 1, method: "item/tool/call", params });
}

test("resolveScopes passes a sub-agent's request to its own handlers, then to the threads that started it [R-40]", async () => {
  const { sessions, scope } = family({ child: "parent", parent: "grandparent" });
  const { scopes, turn } = await resolveScopes(
    sessions,
    request({ threadId: "child", turnId: "t" }),
    { client },
  );
  const names = [
    "turn t of child",
    "thread child",
    "running of parent",
    "thread parent",
    "running of grandparent",
    "thread grandparent",
  ];
  assertEquals(scopes.length, names.length + 1);
  assertStrictEquals(scopes.at(-1), client);
  assertStrictEquals(turn, scope(names[0] as string));
  names.forEach((name, at) => assertStrictEquals(scopes[at], scope(name), name));
});

test("resolveScopes stops at a cycle of parents, and asks only the client about a request without a thread", async () => {
  const { sessions } = family({ child: "child" });
  const { scopes } = await resolveScopes(sessions, request({ threadId: "child" }), { client });
  assertEquals(scopes.length, 2 + 2 * 16 + 1);
  assertEquals((await resolveScopes(sessions, request({}), { client })).scopes.length, 1);
});

/** Sessions of threads that are being opened, at least on the first look. */
function opening(opened: Promise<void>, scope: HandlerScope): ScopeSessions {
  let isHeld = false;
  return {
    get: () => ({
      opened: isHeld ? undefined : opened.then(() => void (isHeld = true)),
      state: isHeld ? { handlers: scope } : undefined,
      turn: () => undefined,
      mayBecomeOurs: () => false,
      isAbandoned: () => false,
      isOurs: () => false,
      starts: { abandoned: undefined },
    }),
    agents: { parentOf: () => undefined },
  } as unknown as ScopeSessions;
}

test("resolveScopes waits for a reply, but not forever for one that the server holds back until the request is answered", async () => {
  const scope = new HandlerScope();
  const asked = request({ threadId: "stored", turnId: "t" });
  const waiting = opening(new Promise<void>(() => {}), scope);
  assertEquals((await resolveScopes(waiting, asked, { client, limitMs: 20 })).scopes.length, 1);
  const { scopes } = await resolveScopes(opening(Promise.resolve(), scope), asked, { client });
  assertEquals(scopes.length, 2);
  assertStrictEquals(scopes[0], scope);
});

test("resolveScopes stops waiting when the request is settled", async () => {
  const asked = request({ threadId: "stored" });
  const resolved = resolveScopes(opening(new Promise<void>(() => {}), new HandlerScope()), asked, {
    client,
  });
  const reason = new Error("the turn has ended");
  asked.withdraw(reason);
  assertStrictEquals(await resolved.catch((error) => error), reason);
});
