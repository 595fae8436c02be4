/** What can go wrong between a client and its server: one row each. */
import { type FakeAppServer, type FakeMessage, notification } from "../../testing.ts";
import { LIMIT_MS } from "./_steps.ts";

/** What a fault can do, once the request of the step has arrived. */
export interface Scene {
  readonly server: FakeAppServer;
  /** The id of the request; `undefined` if the step only waits. */
  readonly id: string | number | undefined;
  /** What a healthy server would answer. */
  readonly healthy: unknown;
  /** Sends the reply, which a healthy server would send if none is given, and its events. */
  reply(result?: unknown): void;
  /** Refuses the request. */
  fail(error: unknown): void;
  abort(): void;
  close(): void;
  /** Does something after milliseconds. */
  later(ms: number, work: () => void): void;
}

/** One column of the matrix. */
export interface Fault {
  readonly name: string;
  /** Done before the step begins. */
  readonly before?: (scene: Scene) => void;
  /** Done in place of the answer. Without it, the server answers as it should. */
  readonly happen?: (scene: Scene) => void;
  /** How a request with a limit must end; both ways are right by default. */
  readonly ends?: "value" | "error";
  /** Whether the step may go on until its limit: the server does not answer. */
  readonly isDeaf?: boolean;
}

/** Begins a frame that a carrier of bytes cuts off: the peer ends within it. */
export const HALF = "\u0001";

const exits = (exit: Parameters<FakeAppServer["exit"]>[0]) => ({ server }: Scene): void =>
  server.exit(exit);

const JUNK: readonly string[] = [
  "",
  "{",
  "null",
  "[]",
  '"x"',
  '{"id":{}}',
  '{"method":5}',
  '{"id":99999,"result":{}}',
  '{"id":null,"error":{"code":1,"message":"x"}}',
  '{"jsonrpc":"2.0"}',
  "\ufeff{}",
  "panicked at src/main.rs",
];

/** Messages of a server that is newer than this client. */
function unknown(): FakeMessage[] {
  return [
    notification("preview/unknown", { threadId: "thread-1", x: [null] }),
    { method: "preview/ask", id: "q-1", params: {} },
    { method: "item/commandExecution/requestApproval", id: 7, params: {} },
    notification("turn/started", {}),
    notification("thread/status/changed", { threadId: "thread-1", status: null }),
  ];
}

function flood(): FakeMessage[] {
  const params = { threadId: "thread-1", turnId: "turn-1", itemId: "item-9", delta: "x" };
  return Array.from({ length: 200 }, () => notification("item/agentMessage/delta", params));
}

/** Replaces every leaf of a reply. */
function mangled(value: unknown, leaf: unknown): unknown {
  if (Array.isArray(value)) return value.map((member) => mangled(member, leaf));
  if (typeof value !== "object" || value === null) return leaf;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, mangled(member, leaf)]),
  );
}

/** A reply of another type; the step may accept or refuse it, but must not stumble. */
function replies(name: string, change: (healthy: unknown) => unknown): Fault {
  return { name: `the reply is ${name}`, happen: ({ reply, healthy }) => reply(change(healthy)) };
}

function errors(name: string, error: unknown): Fault {
  return { name: `an error: ${name}`, happen: ({ fail }) => fail(error), ends: "error" };
}

export const FAULTS: readonly Fault[] = [
  { name: "none", ends: "value" },
  { name: "a slow reply", happen: ({ reply, later }) => later(LIMIT_MS / 2, reply), ends: "value" },
  { name: "the server has exited", before: exits({ code: 0 }), ends: "error" },
  { name: "it exits", happen: exits({ code: 0 }), ends: "error" },
  { name: "it crashes", happen: exits({ code: 101, stderrTail: "panicked" }), ends: "error" },
  { name: "it is killed", happen: exits({ signal: "SIGKILL" }), ends: "error" },
  {
    name: "it exits after the reply",
    happen: ({ reply, server }) => {
      reply();
      server.exit();
    },
  },
  {
    name: "it exits later",
    happen: ({ server, later }) => later(LIMIT_MS / 2, () => server.exit({ code: 1 })),
    ends: "error",
  },
  {
    name: "it exits in half a frame",
    happen: ({ server }) => {
      server.sendRaw(`${HALF}{"id":`);
      server.exit({ code: 1 });
    },
    ends: "error",
  },
  errors("invalid request", { code: -32600, message: "Invalid request" }),
  errors("internal", { code: -32603, message: "oops", data: { x: 1 } }),
  {
    name: "an error: not found", // a thread is then loaded again
    happen: ({ fail }) => fail({ code: -32600, message: "thread not found: thread-1" }),
  },
  errors("unknown method", { code: -32601, message: "Method not found" }),
  errors("of no shape", "oops"),
  errors("of no fields", {}),
  errors("of wrong fields", { code: "x", message: 5 }),
  {
    name: "an error, then it exits",
    happen: ({ fail, server }) => {
      fail({ code: -32603, message: "oops" });
      server.exit({ code: 1 });
    },
    ends: "error",
  },
  replies("null", () => null),
  replies("empty", () => ({})),
  replies("a number", () => 5),
  replies("a text", () => "x"),
  replies("a list", () => [null]),
  replies("full of null", (healthy) => mangled(healthy, null)),
  replies("full of numbers", (healthy) => mangled(healthy, 5)),
  replies("full of lists", (healthy) => mangled(healthy, [])),
  replies("full of objects", (healthy) => mangled(healthy, { type: {} })),
  replies("full of texts", (healthy) => mangled(healthy, "\ud800")),
  {
    name: "the reply comes twice",
    happen: ({ reply }) => {
      reply();
      reply();
    },
    ends: "value",
  },
  {
    name: "a reply to nothing, then its own",
    happen: ({ server, reply }) => {
      server.sendBatch([{ id: "9", result: {} }, { id: 1_000, error: { code: 1, message: "x" } }]);
      reply();
    },
    ends: "value",
  },
  {
    name: "junk, then the reply",
    happen: ({ server, reply }) => {
      server.sendRaw(...JUNK);
      reply();
    },
    ends: "value",
  },
  {
    name: "messages of a newer server, then the reply",
    happen: ({ server, reply }) => {
      server.sendBatch(unknown());
      reply();
    },
  },
  {
    name: "a flood, then the reply",
    happen: ({ server, reply }) => {
      server.sendBatch(flood());
      reply();
    },
    ends: "value",
  },
  { name: "no reply", happen: () => {}, ends: "error", isDeaf: true },
  {
    name: "the server stops answering",
    happen: ({ server }) => server.hang(),
    ends: "error",
    isDeaf: true,
  },
  {
    name: "the server stops reading",
    happen: ({ server }) => server.hang({ writes: true }),
    ends: "error",
    isDeaf: true,
  },
  {
    name: "the reply comes too late",
    happen: ({ reply, later }) => later(LIMIT_MS * 1.5, reply),
    ends: "error",
    isDeaf: true,
  },
  { name: "aborted before", before: ({ abort }) => abort(), ends: "error" },
  { name: "aborted", happen: ({ abort }) => abort(), ends: "error", isDeaf: true },
  {
    name: "aborted, and the server is deaf",
    happen: ({ abort, server }) => {
      server.hang();
      abort();
    },
    ends: "error",
    isDeaf: true,
  },
  {
    name: "aborted, then the reply",
    happen: ({ abort, reply }) => {
      abort();
      reply();
    },
  },
  {
    name: "aborted after the reply",
    happen: ({ abort, reply, later }) => {
      reply();
      later(1, abort);
    },
  },
  { name: "closed before", before: ({ close }) => close(), ends: "error" },
  { name: "closed", happen: ({ close }) => close(), ends: "error", isDeaf: true },
  {
    name: "closed, and the server is deaf",
    happen: ({ close, server }) => {
      server.hang({ writes: true });
      close();
    },
    ends: "error",
    isDeaf: true,
  },
  {
    name: "closed, then the reply",
    happen: ({ close, reply }) => {
      close();
      reply();
    },
  },
  {
    name: "the thread is closed by the server",
    happen: ({ server, reply }) => {
      server.notify("thread/closed", { threadId: "thread-1" });
      reply();
    },
  },
];
