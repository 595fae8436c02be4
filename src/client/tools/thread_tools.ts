/** The tools of a thread that is held: answers the calls of its model. */
import type { DynamicToolCallParams, DynamicToolCallResponse } from "../../generated/types.ts";
import type { ClientContext } from "../client_context.ts";
import { HandlerScope } from "../requests/handler_scope.ts";
import type { Thread } from "../threads/thread.ts";
import type { TurnHandle } from "../turns/turn_handle.ts";
import { callTool } from "./tool_call.ts";
import type { CallableTool, ToolSet } from "./tool_set.ts";

const TOOL_CALL = "item/tool/call";

/** Serves tools to a thread that is held, in the place of those that it has. */
export function serveTools(context: ClientContext, thread: Thread, set: ToolSet): void {
  const state = context.sessions.get(thread.id)?.state;
  if (state === undefined) return; // the connection ended meanwhile
  if (state.tools === undefined) state.tools = new ThreadTools(context, thread, set);
  else state.tools.set = set;
}

/** Runs the tools of one thread. */
export class ThreadTools {
  /** Answers `item/tool/call` where the thread has the tool, and leaves it to the next level where not. */
  readonly handlers: HandlerScope = new HandlerScope();
  /** The tools; a change leaves alone what runs. */
  set: ToolSet;
  readonly #context: ClientContext;
  readonly #thread: Thread;

  /** Serves these tools. */
  constructor(context: ClientContext, thread: Thread, set: ToolSet) {
    this.#context = context;
    this.#thread = thread;
    this.set = set;
    this.handlers.set(TOOL_CALL, ({ params: given, signal, turn }) => {
      const params = given as DynamicToolCallParams;
      const tool = this.set.find(params.namespace, params.tool);
      return tool === undefined ? undefined : this.#call(tool, params, { signal, turn });
    });
  }

  #call(
    tool: CallableTool,
    params: DynamicToolCallParams,
    { signal, turn }: { readonly signal: AbortSignal; readonly turn: TurnHandle | undefined },
  ): Promise<DynamicToolCallResponse> {
    const { turnId, callId, arguments: args } = params;
    const { onDiagnostic, tracing } = this.#context;
    return callTool(tool, {
      args,
      context: { thread: this.#thread, turn, turnId, callId },
      signal,
      onError: (error) => {
        tracing?.failed(params, error);
        onDiagnostic({ kind: "callbackError", method: TOOL_CALL, error });
      },
    });
  }
}
