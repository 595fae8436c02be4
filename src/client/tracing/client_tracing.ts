/** The spans of one client: of its connection, its requests, its turns, and what the server asks. */
import type { TracedRequest } from "../../protocol/connection.ts";
import type { OnDiagnostic } from "../../util/diagnostics.ts";
import { isRecord } from "../../util/is_record.ts";
import { SDK_VERSION } from "../../util/sdk_version.ts";
import type { Sessions } from "../session/sessions.ts";
import type { ActiveTurn } from "../turns/active_turn.ts";
import type { TurnOwner } from "../turns/turn_owner.ts";
import {
  answerAttributes,
  requestAttributes,
  toolAttributes,
  turnAttributes,
} from "./span_attributes.ts";
import { SpanScope, type SpanSource } from "./span_scope.ts";
import type { Tracing } from "./tracing.ts";
import { TurnSpan } from "./turn_span.ts";

/** OpenTelemetry's numbers of the kinds of spans. */
const SERVER = 1;
const CLIENT = 2;

/** Where spans find what they belong to. */
export interface TracingOptions {
  readonly sessions: Pick<Sessions, "get">;
  readonly onDiagnostic: OnDiagnostic;
}

/** A turn that is about to start. */
export interface TracedTurn {
  readonly threadId: string;
  readonly kind: "turn" | "review" | "compaction" | "goal";
  /** The model that the caller asked for. */
  readonly model?: unknown;
  /** The goal that the turn is started for. */
  readonly goal?: TurnOwner | undefined;
}

/** Begins the spans of a client; made only where the caller traces. */
export class ClientTracing {
  readonly #source: SpanSource;
  readonly #options: TracingOptions;
  readonly #turns = new WeakMap<ActiveTurn, TurnSpan>();
  readonly #goals = new WeakMap<TurnOwner, SpanScope>();
  /** By the params: what a request of the server and all that stands for it have in common. */
  readonly #asked = new WeakMap<object, SpanScope>();

  /** Traces with the caller's library. */
  constructor(api: Tracing, options: TracingOptions) {
    this.#options = options;
    this.#source = {
      api,
      tracer: api.tracer ?? api.trace.getTracer("@codex-app-server/sdk", SDK_VERSION),
      onError: (name, error) =>
        options.onDiagnostic({ kind: "callbackError", method: name, error }),
    };
  }

  /** Begins the span of the connection's opening. */
  connect(): SpanScope {
    return SpanScope.start(this.#source, "codex.connect", {});
  }

  /** Begins the span of a request of the client. */
  request({ method, params }: TracedRequest): SpanScope {
    const attributes = requestAttributes(method, params);
    return SpanScope.start(this.#source, `codex.request ${method}`, { kind: CLIENT, attributes });
  }

  /** Starts a turn in a span that then follows it to its end; that of a goal is the parent of the goal's turns. */
  async turn(start: TracedTurn, begin: () => Promise<ActiveTurn>): Promise<ActiveTurn> {
    const { goal } = start;
    const name = goal === undefined ? "codex.turn" : "codex.goal";
    const scope = SpanScope.start(this.#source, name, this.#describe(start));
    if (goal !== undefined) this.#goals.set(goal, scope);
    try {
      const turn = await scope.run(begin);
      this.#turns.set(turn, new TurnSpan(turn, scope, goal !== undefined));
      return turn;
    } catch (error) {
      scope.fail(error);
      scope.end();
      throw error;
    }
  }

  /** The server began one of the turns of a goal. */
  part(owner: TurnOwner, turn: ActiveTurn): void {
    const { threadId } = owner;
    const start = this.#describe({ threadId, kind: "turn" });
    const scope = this.#goals.get(owner)?.child("codex.turn", start);
    if (scope !== undefined) this.#turns.set(turn, new TurnSpan(turn, scope));
  }

  /** Answers a request of the server in a span. */
  async answer<Result>(request: TracedRequest, answer: () => Promise<Result>): Promise<Result> {
    const scope = this.#askedScope(request);
    if (isRecord(request.params)) this.#asked.set(request.params, scope);
    try {
      const given = await scope.run(answer);
      if (typeof given === "symbol") scope.set({ "codex.cancelled": true }); // nothing is sent
      if (isRecord(given) && given.success === false) {
        scope.failAs("The tool failed", { "error.type": "tool_failed" });
      }
      scope.set(answerAttributes(given));
      return given;
    } catch (error) {
      scope.fail(error);
      throw error;
    } finally {
      scope.end();
    }
  }

  /** Notes what the handler of the request with these params failed with, though the server is told of a decline. */
  failed(params: unknown, error: unknown): void {
    if (isRecord(params)) this.#asked.get(params)?.fail(error);
  }

  #describe({ threadId, kind, model }: TracedTurn): Parameters<SpanScope["child"]>[1] {
    const settings = this.#options.sessions.get(threadId)?.state?.settings;
    return {
      attributes: turnAttributes({
        threadId,
        kind,
        model: model ?? settings?.model,
        provider: settings?.modelProvider,
      }),
    };
  }

  #askedScope({ method, params }: TracedRequest): SpanScope {
    const fields = isRecord(params) ? params : {};
    const isTool = method === "item/tool/call";
    const name = isTool ? `codex.tool ${fields.tool}` : `codex.server_request ${method}`;
    const options = isTool
      ? { attributes: toolAttributes(fields) }
      : { kind: SERVER, attributes: requestAttributes(method, params) };
    const parent = this.#turnOf(fields)?.scopeOf(fields.itemId ?? fields.callId);
    // What the connection's read loop runs in has nothing to do with what the server asks.
    return parent?.child(name, options) ??
      SpanScope.start(this.#source, name, { ...options, root: true });
  }

  #turnOf(params: Readonly<Record<string, unknown>>): TurnSpan | undefined {
    const { turnId } = params;
    const threadId = params.threadId ?? params.conversationId; // the two legacy approvals say so
    if (typeof threadId !== "string") return undefined;
    const session = this.#options.sessions.get(threadId);
    const turn = typeof turnId === "string" ? session?.turn(turnId) : session?.running;
    return turn && this.#turns.get(turn);
  }
}
