/** The spans of one client: its connection, its requests, its turns, and the server's requests. */
import type { ConnectionTracing, TracedRequest } from "../../protocol/connection.ts";
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
import { sendableTrace, type TraceContext, type TraceHook } from "./trace_context.ts";
import type { Tracing } from "./tracing.ts";
import { TurnSpan } from "./turn_span.ts";
import { isPromise } from "../../util/realm.ts";

/** OpenTelemetry's span kinds. */
const SERVER = 1;
const CLIENT = 2;

/** What the spans need of their client. */
export interface TracingOptions {
  readonly sessions: Pick<Sessions, "get">;
  readonly onDiagnostic: OnDiagnostic;
}

/** A turn that is about to start. */
export interface TracedTurn {
  readonly threadId: string;
  readonly kind: "turn" | "review" | "compaction" | "goal";
  /** The model in the caller's options. */
  readonly model?: unknown;
  /** The goal of the turn, if any. */
  readonly goal?: TurnOwner | undefined;
}

/** Starts the spans of a client. */
export class ClientTracing {
  readonly #source: SpanSource;
  readonly #options: TracingOptions;
  readonly #turns = new WeakMap<ActiveTurn, TurnSpan>();
  readonly #goals = new WeakMap<TurnOwner, SpanScope>();
  /** By params, which a server request shares with everything derived from it. */
  readonly #asked = new WeakMap<object, SpanScope>();

  /** Traces with the caller's library; its errors go to `onDiagnostic`. */
  constructor(api: Tracing, options: TracingOptions) {
    this.#options = options;
    this.#source = {
      api,
      tracer: api.tracer ?? api.trace.getTracer("@codex-app-server/sdk", SDK_VERSION),
      onError: (name, error) =>
        options.onDiagnostic({ kind: "callbackError", method: name, error }),
    };
  }

  /** Starts the span of opening the connection. */
  connect(): SpanScope {
    return SpanScope.start(this.#source, "codex.connect", {});
  }

  /** Starts the span of a client request. */
  request({ method, params }: TracedRequest): SpanScope {
    const attributes = requestAttributes(method, params);
    return SpanScope.start(this.#source, `codex.request ${method}`, { kind: CLIENT, attributes });
  }

  /** Starts a turn in a span, which ends with the turn; the span of a goal is the parent of the goal's turns. */
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

  /** Starts the span of a turn that the server started for a goal. */
  part(owner: TurnOwner, turn: ActiveTurn): void {
    const { threadId } = owner;
    const start = this.#describe({ threadId, kind: "turn" });
    const scope = this.#goals.get(owner)?.child("codex.turn", start);
    if (scope !== undefined) this.#turns.set(turn, new TurnSpan(turn, scope));
  }

  /** Answers a server request in a span. */
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

  /** Records the error of a handler, although the server receives a decline. */
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
    // The context of the read loop is unrelated to the server's request.
    return parent?.child(name, options) ??
      SpanScope.start(this.#source, name, { ...options, root: true });
  }

  #turnOf(params: Readonly<Record<string, unknown>>): TurnSpan | undefined {
    const { turnId } = params;
    const threadId = params.threadId ?? params.conversationId; // the name in the two legacy approvals
    if (typeof threadId !== "string") return undefined;
    const session = this.#options.sessions.get(threadId);
    const turn = typeof turnId === "string" ? session?.turn(turnId) : session?.running;
    return turn && this.#turns.get(turn);
  }
}

/** At least one of `spans` and `hook` is set. */
interface RequestTracingOptions {
  readonly spans: ClientTracing | undefined;
  readonly hook: TraceHook | undefined;
  readonly onDiagnostic: OnDiagnostic;
}

/** Returns the tracing of a client and its connection; nothing if the caller set neither option. */
export function tracingOf(
  { tracing, trace, onDiagnostic }: {
    readonly tracing: Tracing | undefined;
    readonly trace: TraceHook | undefined;
    readonly onDiagnostic: OnDiagnostic;
  },
  sessions: TracingOptions["sessions"],
): { readonly spans: ClientTracing | undefined; readonly tracing: ConnectionTracing | undefined } {
  if (tracing === undefined && trace === undefined) return { spans: undefined, tracing: undefined };
  const spans = tracing && new ClientTracing(tracing, { sessions, onDiagnostic });
  return { spans, tracing: new RequestTracing({ spans, hook: trace, onDiagnostic }) };
}

/** Traces the requests of a connection; without a tracing library it only calls the caller's hook. */
class RequestTracing implements ConnectionTracing {
  readonly #options: RequestTracingOptions;

  constructor(options: RequestTracingOptions) {
    this.#options = options;
  }

  /** Opens the connection in a span. */
  connect<Result>(open: () => Promise<Result>): Promise<Result> {
    return this.#options.spans?.connect().during(open) ?? open();
  }

  /** Sends a request in a span, with its trace context. */
  request<Result>(
    request: TracedRequest,
    send: (trace: unknown) => Promise<Result>,
  ): Promise<Result> {
    const scope = this.#options.spans?.request(request);
    const operation = (): Promise<Result> => send(this.#traceOf(request, scope));
    return scope?.during(operation) ?? operation();
  }

  /** Answers a server request in a span. */
  answer<Result>(request: TracedRequest, answer: () => Promise<Result>): Promise<Result> {
    return this.#options.spans?.answer(request, answer) ?? answer();
  }

  #traceOf(request: TracedRequest, scope: SpanScope | undefined): TraceContext | undefined {
    const { hook, onDiagnostic } = this.#options;
    const { method } = request;
    if (hook === undefined) return scope?.traceContext;
    try {
      const given: unknown = hook(request);
      if (isPromise(given)) given.then(undefined, () => {}); // reported below: a promise is not a trace context
      return sendableTrace(given, (problem) => {
        const message = `The trace context of "${method}" was not sent: ${problem}`;
        onDiagnostic({ kind: "warning", message });
      });
    } catch (error) {
      onDiagnostic({ kind: "callbackError", method, error });
      return undefined;
    }
  }
}
