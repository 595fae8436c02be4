/** Sub-agents as the real server tells of them. */
import {
  agentMessage,
  type FakeMessage,
  fakeTurn,
  notification,
  turnEvents,
} from "../../../testing.ts";
import { THREAD, TURN } from "../_fixture.ts";

/** Where a sub-agent comes from; the thread and the turn of the fixture unless told. */
export interface Origin {
  readonly threadId?: string;
  readonly turnId?: string;
}

/** The model has called the tool that starts an agent, and it has: how the first generation of the tools is told. */
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

/** The same with the second generation of the tools, where agents have names. */
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

/** A turn of a sub-agent begins. */
export function begun(
  child: string,
  turnId = `turn of ${child}`,
  root: string = TURN,
): FakeMessage {
  const turn = fakeTurn(turnId, "inProgress", { rootTurnId: root });
  return notification("turn/started", { threadId: child, turn });
}

/** What a sub-agent says, and the end of its turn. */
export function worked(child: string, turnId = `turn of ${child}`): FakeMessage[] {
  const items = [agentMessage(`message of ${child}`, `${child} is done`)];
  return turnEvents({ threadId: child, turnId, items }).filter(({ method }) =>
    method !== "turn/started"
  );
}

/** The server let go of a thread. */
export function unloaded(child: string): FakeMessage {
  return notification("thread/status/changed", { threadId: child, status: { type: "notLoaded" } });
}
