/** A fake server that keeps the goal of one thread, and its notifications. */
import type { CodexOptions, TurnHandle, TurnOptions } from "../../../mod.ts";
import { agentMessage, fakeThread, notification } from "../../../testing.ts";
import type { FakeMessage } from "../../../testing.ts";
import type { ThreadGoal, ThreadStatus } from "../../../protocol.ts";
import {
  completed,
  events,
  type Fixture,
  itemCompleted,
  open,
  started,
  THREAD,
} from "../_fixture.ts";

/** A client with a thread whose server supports goals. */
export interface GoalFixture extends Fixture {
  /** The server's goal. */
  goal: ThreadGoal | null;
  /** The thread's status on the server. */
  status: ThreadStatus;
  /** Sets a goal and starts its first turn. */
  readonly begin: (options?: TurnOptions) => Promise<TurnHandle>;
}

/** A goal. */
export function fakeGoal(overrides: Partial<ThreadGoal> = {}): ThreadGoal {
  return {
    threadId: THREAD,
    objective: "make it so",
    status: "active",
    tokenBudget: null,
    tokensUsed: 0,
    timeUsedSeconds: 0,
    createdAt: 1_800_000_000,
    updatedAt: 1_800_000_000,
    ...overrides,
  };
}

/** Creates a client with an open thread; its server answers about the goal, and starts no turn by default. */
export async function openGoals(options: CodexOptions = {}): Promise<GoalFixture> {
  const fixture = await open(options);
  const { server, thread } = fixture;
  const goals: GoalFixture = {
    ...fixture,
    goal: null,
    status: { type: "idle" },
    async begin(turnOptions: TurnOptions = {}): Promise<TurnHandle> {
      const starting = thread.turn("make it so", { ...turnOptions, goal: true });
      await server.nextRequest("thread/goal/set");
      server.sendBatch([started("turn-1")]);
      return await starting;
    },
  };
  server.on("thread/goal/get", () => ({ goal: goals.goal }));
  server.on("thread/goal/clear", () => {
    const cleared = goals.goal !== null;
    goals.goal = null;
    return { cleared };
  });
  server.on("thread/goal/set", (params, request) => {
    goals.goal = { ...(goals.goal ?? fakeGoal()), ...params } as ThreadGoal;
    request.reply({ goal: goals.goal });
    server.sendBatch([goalUpdated(goals.goal.status)]);
  });
  server.on("thread/read", () => ({ thread: fakeThread(THREAD, { status: goals.status }) }));
  return goals;
}

/** A turn with one message. */
export function part(turnId: string, text: string): FakeMessage[] {
  return events({ turnId, items: [agentMessage(`message of ${turnId}`, text)] });
}

/** The end of a turn with one message, which has already begun. */
export function rest(turnId: string, text: string): FakeMessage[] {
  return [itemCompleted(agentMessage(`message of ${turnId}`, text), turnId), ended(turnId)];
}

/** The end of a turn. */
export function ended(turnId: string, status = "completed"): FakeMessage {
  return completed(status, {}, turnId);
}

/** The notification of a change of the goal, by a turn or outside one. */
export function goalUpdated(
  status: ThreadGoal["status"],
  turnId: string | null = null,
): FakeMessage {
  const goal = fakeGoal({ status });
  return notification("thread/goal/updated", { threadId: THREAD, turnId, goal });
}

/** The methods of the requests about goals and turns, in order. */
export function asked({ server }: Pick<Fixture, "server">): string[] {
  return server.received.flatMap(({ method, params }) => {
    const { status } = (params ?? {}) as { readonly status?: string };
    if (method === "thread/goal/set") return [`goal ${status}`];
    return String(method).startsWith("turn/") ? [String(method)] : [];
  });
}
