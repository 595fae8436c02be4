/** Converts scripted steps to the server-sent events of the Responses API. */
import type { Gate } from "./gate.ts";
import {
  type FunctionCallStep,
  type MessageStep,
  type ReasoningStep,
  type ResponseStep,
  usage,
  type UsageStep,
} from "./response_steps.ts";

/** The next action of the writer of a response. */
export type ResponseAction =
  | { readonly do: "event"; readonly text: string }
  | { readonly do: "wait"; readonly gate: Gate }
  | {
    readonly do: "fail";
    readonly status: number;
    readonly body: string;
    readonly headers: Readonly<Record<string, string>>;
  }
  | { readonly do: "disconnect" };

interface ResponsesEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Rejects steps that cannot form one response. */
export function checkSteps(steps: readonly ResponseStep[]): void {
  const failureAt = steps.findIndex(({ type }) => type === "failure");
  if (failureAt >= 0 && steps.slice(0, failureAt).some(({ type }) => type !== "gate")) {
    throw new TypeError(
      "Cannot script the response: failure() is an HTTP status, so only gates may precede it",
    );
  }
  const endAt = steps.findIndex(({ type }) =>
    type === "failure" || type === "failed" || type === "disconnect"
  );
  if (endAt >= 0 && endAt < steps.length - 1) {
    throw new TypeError(
      `Cannot script the response: nothing may follow ${steps[endAt]?.type}()`,
    );
  }
}

/** Yields the actions for the steps, in order; `responseId` also makes the item ids unique. */
export function* responseActions(
  responseId: string,
  steps: readonly ResponseStep[],
): Generator<ResponseAction> {
  let created = false;
  let counts = usage({});
  let index = 0;
  for (const step of steps) {
    if (step.type === "gate") {
      yield { do: "wait", gate: step };
      continue;
    }
    if (step.type === "failure") {
      yield { do: "fail", status: step.status, body: step.body, headers: step.headers };
      return;
    }
    if (!created) {
      created = true;
      yield event({ type: "response.created", response: { id: responseId } });
    }
    const itemId = `${responseId}-item-${index++}`;
    switch (step.type) {
      case "message":
        yield* messageActions(itemId, step);
        break;
      case "functionCall":
        yield event({ type: "response.output_item.done", item: functionCallItem(itemId, step) });
        break;
      case "reasoning":
        yield* reasoningActions(itemId, step);
        break;
      case "usage":
        counts = step;
        break;
      case "rawEvent":
        yield event(step.event);
        break;
      case "failed":
        yield event({
          type: "response.failed",
          response: { id: responseId, error: { code: step.code, message: step.message } },
        });
        return;
      case "disconnect":
        yield { do: "disconnect" };
        return;
    }
  }
  if (!created) yield event({ type: "response.created", response: { id: responseId } });
  yield event({
    type: "response.completed",
    response: { id: responseId, usage: usageJson(counts) },
  });
}

function* messageActions(id: string, step: MessageStep): Generator<ResponseAction> {
  const head = {
    type: "message",
    role: "assistant",
    id: step.id ?? id,
    ...(step.phase === undefined ? {} : { phase: step.phase }),
  };
  yield event({ type: "response.output_item.added", item: { ...head, content: [] } });
  let text = "";
  for (const part of step.parts) {
    if (typeof part === "string") {
      text += part;
      yield event({ type: "response.output_text.delta", item_id: head.id, delta: part });
    } else {
      yield { do: "wait", gate: part };
    }
  }
  yield event({
    type: "response.output_item.done",
    item: { ...head, content: [{ type: "output_text", text }] },
  });
}

function functionCallItem(id: string, step: FunctionCallStep): unknown {
  return {
    type: "function_call",
    id,
    call_id: step.callId ?? `${id}-call`,
    name: step.name,
    arguments: step.arguments,
  };
}

function* reasoningActions(id: string, step: ReasoningStep): Generator<ResponseAction> {
  yield event({ type: "response.output_item.added", item: { type: "reasoning", id, summary: [] } });
  for (const [index, text] of step.summary.entries()) {
    yield event({
      type: "response.reasoning_summary_part.added",
      item_id: id,
      summary_index: index,
    });
    yield event({
      type: "response.reasoning_summary_text.delta",
      item_id: id,
      summary_index: index,
      delta: text,
    });
  }
  const summary = step.summary.map((text) => ({ type: "summary_text", text }));
  yield event({ type: "response.output_item.done", item: { type: "reasoning", id, summary } });
}

function usageJson(counts: UsageStep): unknown {
  return {
    input_tokens: counts.inputTokens,
    input_tokens_details: { cached_tokens: counts.cachedInputTokens },
    output_tokens: counts.outputTokens,
    output_tokens_details: { reasoning_tokens: counts.reasoningOutputTokens },
    total_tokens: counts.totalTokens,
  };
}

function event(data: ResponsesEvent): ResponseAction {
  return { do: "event", text: `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n` };
}
