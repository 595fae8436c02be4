/** Sub-agents as the real server reports them. */
import {
  agentMessage,
  type FakeMessage,
  fakeTurn,
  notification,
  turnEvents,
} from "../../../testing.ts";
import { THREAD, TURN } from "../_fixture.ts";

/** The parent of a sub-agent; by default, the thread and turn of the fixture. */
export interface Origin {
  readonly threadId?: string;
  readonly turnId?: string;
}

/**
 * The model called the tool that starts an agent, and the agent started, as reported for the first generation of the
 * tools.
 */
export function spawned(child: string, origin: Origin = {}, tool = "spawnAgent"): FakeMessage[] {
  const { threadId = THREAD, turnId = TURN } = origin;
  const item = {
    type: "collabAgentToolCall",
    id: `spawn of ${child}`,
    tool,
    status: "inProgress",
    senderThreadId: threadId,
    receiverThreadIds: [] as string[],
    prompt: `work as ${child}`,
    agentsStates: {},
  };
  const done = { ...item, status: "completed", receiverThreadIds: [child] };
  return [
    notification("item/started", { threadId, turnId, item, startedAtMs: 0 }),
    notification("item/completed", { threadId, turnId, item: done, completedAtMs: 0 }),
  ];
}

/** The same with the second generation of the tools, in which agents have names. */
export function spawnedByName(child: string, origin: Origin = {}): FakeMessage[] {
  const { threadId = THREAD, turnId = TURN } = origin;
  const item = {
    type: "subAgentActivity",
    id: `spawn of ${child}`,
    kind: "started",
    agentThreadId: child,
    agentPath: `/root/${child}`,
  };
  return ["started", "completed"].map((end) =>
    notification(`item/${end}`, { threadId, turnId, item })
  );
}

/** The start of a sub-agent's turn. */
export function begun(
  child: string,
  turnId = `turn of ${child}`,
  root: string = TURN,
): FakeMessage {
  const turn = fakeTurn(turnId, "inProgress", { rootTurnId: root });
  return notification("turn/started", { threadId: child, turn });
}

/** A sub-agent's message, and the end of its turn. */
export function worked(child: string, turnId = `turn of ${child}`): FakeMessage[] {
  const items = [agentMessage(`message of ${child}`, `${child} is done`)];
  return turnEvents({ threadId: child, turnId, items }).filter(({ method }) =>
    method !== "turn/started"
  );
}

/** The server unloaded a thread. */
export function unloaded(child: string): FakeMessage {
  return notification("thread/status/changed", { threadId: child, status: { type: "notLoaded" } });
}
