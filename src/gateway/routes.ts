/** What a page can ask for: one table of paths. */
import type { Thread as StoredThread } from "../generated/types.ts";
import type { ThreadResumeOptions, ThreadStartOptions } from "../client/threads/thread_options.ts";
import { AgentThread, isUsers, readOnly, storedAgent } from "./agent_threads.ts";
import { eventResponse } from "./event_response.ts";
import { GatewayFault } from "./faults.ts";
import { type FeedEntry, type Feeds, turnsPage } from "./feeds.ts";
import { turnData } from "./feed_turns.ts";
import type { GatewaySettings, GatewayUser } from "./options.ts";
import {
  checkFields,
  directoryIn,
  inputIn,
  threadOptionsIn,
  turnOptionsIn,
} from "./page_options.ts";
import type { GatewayClient, GatewayTurn } from "./port.ts";
import { answerRequest } from "./request_data.ts";
import type { UserLimits } from "./user_limits.ts";
import type { ModelData, PageData, RequestData, ThreadData, TurnData } from "./wire.ts";

/** Number of entries of a page, by default and at most. */
const PAGE = [20, 50] as const;
/** Characters of the name of a thread. */
const NAME_CHARS = 200;

/** A request of a user, and what it is answered with. */
export interface RouteCall {
  readonly request: Request;
  readonly url: URL;
  readonly user: GatewayUser;
  readonly body: Readonly<Record<string, unknown>>;
  /** The ids in the path. */
  readonly ids: readonly string[];
  readonly settings: GatewaySettings;
  readonly feeds: Feeds;
  readonly limits: UserLimits;
  readonly client: GatewayClient;
  /** Whether the request is still one of this user. */
  readonly isStillAllowed: () => Promise<boolean>;
}

interface Route {
  readonly method: "GET" | "POST" | "PATCH";
  /** The path; `*` is an id. */
  readonly path: string;
  /** Whether it begins something, which a gateway that shuts down refuses. */
  readonly isNew?: boolean;
  readonly handle: (call: RouteCall) => Promise<unknown>;
}

const ROUTES: readonly Route[] = [
  { method: "GET", path: "models", handle: listModels },
  { method: "GET", path: "usage", handle: readUsage },
  { method: "GET", path: "workspaces", handle: listWorkspaces },
  { method: "GET", path: "threads", handle: listThreads },
  { method: "POST", path: "threads", isNew: true, handle: startThread },
  { method: "GET", path: "threads/*", handle: async (call) => (await opened(call)).feed.data },
  { method: "PATCH", path: "threads/*", handle: changeThread },
  { method: "GET", path: "threads/*/events", handle: streamEvents },
  { method: "GET", path: "threads/*/turns", handle: listTurns },
  { method: "POST", path: "threads/*/turns", isNew: true, handle: startTurn },
  { method: "POST", path: "threads/*/turns/*/steer", handle: steerTurn },
  { method: "POST", path: "threads/*/turns/*/interrupt", handle: interruptTurn },
  { method: "GET", path: "threads/*/requests", handle: listRequests },
  { method: "POST", path: "threads/*/requests/*", handle: answer },
];

/** Finds the route of a path, or the methods that the path has. */
export function findRoute(
  method: string,
  path: string,
): { readonly route?: Route; readonly ids: readonly string[]; readonly allowed: string[] } {
  const parts = path.split("/");
  const matching = ROUTES.filter((route) => {
    const names = route.path.split("/");
    return names.length === parts.length &&
      names.every((name, at) => name === "*" ? parts[at] !== "" : name === parts[at]);
  });
  const route = matching.find((one) => one.method === method);
  const allowed = matching.map((one) => one.method);
  if (route === undefined) return { ids: [], allowed };
  const ids = route.path.split("/").flatMap((name, at) => name === "*" ? [parts[at] ?? ""] : []);
  return { route, ids: ids.map(decoded), allowed };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function listModels({ client, settings }: RouteCall): Promise<PageData<ModelData>> {
  const { model: allowed, effort } = settings.allow;
  const models = (await client.models()).filter(({ id }) =>
    allowed === true || (Array.isArray(allowed) && allowed.includes(id))
  );
  const data = models.map((model): ModelData => ({
    id: model.id,
    name: model.displayName,
    description: model.description,
    isDefault: model.isDefault,
    defaultEffort: model.defaultReasoningEffort,
    efforts: (model.supportedReasoningEfforts ?? []).map((one) => one.reasoningEffort)
      .filter((one) => effort === true || (Array.isArray(effort) && effort.includes(one))),
  }));
  return { data, nextCursor: null };
}

async function readUsage({ client }: RouteCall): Promise<unknown> {
  const { rateLimits } = await client.rateLimits();
  const { primary, secondary } = rateLimits;
  return { primary, secondary };
}

async function listWorkspaces(call: RouteCall): Promise<PageData<string>> {
  return { data: Object.keys(await workspaces(call) ?? {}), nextCursor: null };
}

async function listThreads(call: RouteCall): Promise<PageData<ThreadData>> {
  const { url, client, user, settings, feeds } = call;
  const archived = url.searchParams.get("archived") === "true";
  const all = await settings.owners.threadsOf(user.id);
  const cursor = url.searchParams.get("cursor");
  const from = cursor === null ? 0 : all.indexOf(cursor) + 1;
  const ids = all.slice(from, from + limitIn(url));
  if (ids.length === 0) return { data: [], nextCursor: null };
  const options = { includedThreadIds: ids, limit: ids.length, archived } as const;
  const { data } = await client.threadList({ ...options, sortKey: "updated_at" });
  const workspaceOf = nameOf(await workspaces(call));
  // An older server ignores the ids and lists other users' threads.
  const stored = data.filter(({ id }) => ids.includes(id))
    .map((thread) => storedThread(thread, workspaceOf));
  const unstored = archived ? [] : feeds.all.map(({ feed }) => feed.data).filter(({ id }) => {
    return ids.includes(id) && !stored.some((thread) => thread.id === id);
  });
  const last = ids.at(-1);
  const isEnd = from + ids.length >= all.length;
  return { data: [...unstored, ...stored], nextCursor: isEnd ? null : last ?? null };
}

function storedThread(
  { id, name, preview, status, model, cwd, createdAt, updatedAt, parentThreadId }: StoredThread,
  workspaceOf: (cwd: string) => string | null,
): ThreadData {
  return {
    id,
    name,
    preview,
    status: status.type,
    model,
    workspace: workspaceOf(cwd),
    createdAt,
    updatedAt,
    parentThreadId: parentThreadId ?? null,
  };
}

async function startThread(call: RouteCall): Promise<ThreadData> {
  const { body, client, settings, user, feeds } = call;
  const { allow, owners, realPath } = settings;
  checkFields(body, ["workspace", "directory", "model", "sandbox", "approvalMode", "name"]);
  const chosen = threadOptionsIn(body, allow);
  const name = nameIn(body);
  const places = await workspaces(call);
  const cwd = await directoryIn(body, places, realPath);
  const options = await threadOptions(call);
  const leaveRoom = feeds.makeRoom(user.id);
  let entry: FeedEntry;
  try {
    const place = cwd === undefined ? {} : { cwd };
    const thread = await client.threadStart({ ...options, ...chosen, ...place });
    try {
      await owners.claim(thread.id, user.id);
    } catch (error) {
      void thread.close(); // it is nobody's
      throw error;
    }
    entry = feeds.add(thread, user.id, client, nameOf(places));
  } finally {
    leaveRoom();
  }
  const { feed } = entry;
  try {
    if (name !== undefined) await feed.thread.setName(name);
  } finally {
    feeds.release(entry);
  }
  return { ...feed.data, name: feed.thread.name };
}

async function changeThread(call: RouteCall): Promise<ThreadData | { archived: true }> {
  const { body, client, feeds } = call;
  checkFields(body, ["name", "archived"]);
  const name = nameIn(body);
  const { archived } = body;
  if (archived !== undefined && typeof archived !== "boolean") {
    throw invalid('"archived" must be true or false');
  }
  const threadId = await owned(call);
  if (await storedAgent(threadId, client) !== undefined) throw readOnly();
  if (archived === false) await (await client.threadUnarchive(threadId)).close();
  if (name !== undefined) await (await opened(call)).feed.thread.setName(name);
  if (archived !== true) return (await opened(call)).feed.data;
  const entry = feeds.get(threadId);
  if (entry?.isBusy) throw new GatewayFault(409, "turn_active", "The thread has a running turn");
  await client.threadArchive(threadId);
  entry?.feed.end({ code: "thread_closed", message: "The thread was archived" });
  return { archived: true };
}

async function streamEvents(call: RouteCall): Promise<Response> {
  const { request, settings, limits, user, feeds, url } = call;
  await owned(call);
  const disconnect = limits.connect(user.id);
  try {
    const entry = await opened(call);
    entry.stop();
    entry.readers++;
    return eventResponse(entry.feed, {
      lastEventId: request.headers.get("last-event-id") ?? url.searchParams.get("lastEventId"),
      heartbeatMs: settings.heartbeatMs,
      checkMs: settings.reauthorizeMs,
      check: call.isStillAllowed,
      onLeave: () => {
        disconnect();
        entry.readers--;
        if (entry.readers === 0) left(entry, feeds, settings);
      },
    });
  } catch (error) {
    disconnect();
    throw error;
  }
}

/** Handles that the last reader of a thread has left. */
function left(entry: FeedEntry, feeds: Feeds, { onLeave, leaveMs }: GatewaySettings): void {
  if (!entry.isBusy || onLeave === "continue") return feeds.release(entry);
  // 0 is at once here, not without a limit.
  entry.wait(Math.max(1, leaveMs), () => {
    if (entry.readers === 0) void entry.feed.thread.activeTurn()?.interrupt().catch(() => {});
  });
}

async function listTurns(call: RouteCall): Promise<PageData<TurnData>> {
  const { client, url } = call;
  const { feed } = await opened(call);
  const cursor = url.searchParams.get("cursor");
  const place = { limit: limitIn(url), ...(cursor === null ? {} : { cursor }) };
  const { data, nextCursor } = await turnsPage(client, feed.thread.id, place);
  return { data: data.map(turnData), nextCursor };
}

async function startTurn(call: RouteCall): Promise<{ readonly id: string }> {
  const { body, settings, feeds, user } = call;
  checkFields(body, ["input", "model", "effort", "sandbox", "approvalMode"]);
  const input = inputIn(body, settings.allow);
  const options = turnOptionsIn(body, settings.allow);
  const entry = await opened(call);
  if (!entry.isBusy && feeds.running(user.id) >= settings.limits.turns) {
    throw new GatewayFault(429, "too_many_turns", "Too many turns are running", 5);
  }
  entry.stop();
  entry.starting++;
  try {
    const { id } = await entry.feed.thread.turn(input, { ...settings.turn, ...options });
    entry.feed.expect(id);
    return { id };
  } finally {
    entry.starting--;
    feeds.release(entry);
    entry.feed.log.wake(); // for a gateway that waits for it to shut down
  }
}

async function steerTurn(call: RouteCall): Promise<Record<never, never>> {
  checkFields(call.body, ["input"]);
  const input = inputIn(call.body, call.settings.allow);
  await (await running(call)).steer(input);
  return {};
}

async function interruptTurn(call: RouteCall): Promise<Record<never, never>> {
  checkFields(call.body, []);
  await (await running(call)).interrupt();
  return {};
}

async function running(call: RouteCall): Promise<GatewayTurn> {
  const { feed } = await opened(call);
  const turn = feed.thread.activeTurn();
  if (turn !== undefined && turn.id === call.ids[1]) return turn;
  throw new GatewayFault(409, "no_active_turn", "The turn does not run");
}

async function listRequests(call: RouteCall): Promise<PageData<RequestData>> {
  const { feed } = await opened(call);
  return { data: [...feed.requests.values()].map(({ data }) => data), nextCursor: null };
}

async function answer(call: RouteCall): Promise<Record<never, never>> {
  checkFields(call.body, ["decision", "answers", "content"]);
  const { feed } = await opened(call);
  const open = feed.requests.get(call.ids[1] ?? "");
  if (open === undefined) {
    throw new GatewayFault(409, "request_settled", "There is no such open request");
  }
  answerRequest(open.request, open.data, call.body);
  return {};
}

/** Returns the id of the thread in the path, if it or its agent's parent is the user's: for others it does not exist. */
async function owned({ ids, settings: { owners }, user, client }: RouteCall): Promise<string> {
  const [threadId = ""] = ids;
  if (await isUsers(threadId, { userId: user.id, owners, client })) return threadId;
  throw new GatewayFault(404, "thread_not_found", "There is no such thread");
}

/** Returns the user's thread, loading it if necessary. */
async function opened(call: RouteCall): Promise<FeedEntry> {
  const { client, feeds, user } = call;
  const threadId = await owned(call);
  const entry = await feeds.open(threadId, user.id, client, {
    workspaceOf: nameOf(await workspaces(call)),
    resume: async () => {
      const agent = await storedAgent(threadId, client);
      if (agent !== undefined) return new AgentThread(agent, client);
      const {
        serviceName: _service,
        sessionStartSource: _start,
        threadSource: _source,
        dynamicTools: _tools,
        ...options
      } = await threadOptions(call);
      return await client.threadResume(threadId, options as ThreadResumeOptions);
    },
  });
  feeds.release(entry);
  return entry;
}

/** Returns what the server sets for the user's threads. */
async function threadOptions({ settings, user }: RouteCall): Promise<ThreadStartOptions> {
  const { thread, answerTimeoutMs } = settings;
  const given = typeof thread === "function" ? await thread(user) : thread;
  const defaults = { sandbox: "readOnly", approvalMode: "ask" } as const;
  return { ...defaults, ...given, approvalTimeoutMs: answerTimeoutMs };
}

async function workspaces(
  { settings, user }: RouteCall,
): Promise<Readonly<Record<string, string>> | undefined> {
  const { workspaces: given } = settings;
  return typeof given === "function" ? await given(user) : given;
}

/** Returns a function that returns the name of the workspace of a directory. */
function nameOf(
  places: Readonly<Record<string, string>> | undefined,
): (cwd: string) => string | null {
  const roots = Object.entries(places ?? {})
    .map(([name, path]) => [name, path.replace(/[/\\]+$/, "")] as const)
    .sort(([, one], [, other]) => other.length - one.length);
  return (cwd) =>
    roots.find(([, root]) => {
      return cwd === root || cwd.startsWith(`${root}/`) || cwd.startsWith(`${root}\\`);
    })?.[0] ?? null;
}

function nameIn(body: Readonly<Record<string, unknown>>): string | undefined {
  const { name } = body;
  if (name === undefined || name === null) return undefined;
  if (typeof name === "string" && name.trim() !== "" && name.length <= NAME_CHARS) return name;
  throw invalid(`"name" must be a text of 1 to ${NAME_CHARS} characters`);
}

function limitIn(url: URL): number {
  const [usual, most] = PAGE;
  const limit = Number(url.searchParams.get("limit") ?? usual);
  if (Number.isInteger(limit) && limit > 0) return Math.min(limit, most);
  throw invalid('"limit" must be a positive integer');
}

function invalid(message: string): GatewayFault {
  return new GatewayFault(400, "invalid_request", message);
}
