/** The questions of a tool to the people who use the program. */
import { RequestTimeoutError } from "../../errors/transport_errors.ts";
import type {
  ToolRequestUserInputOption,
  ToolRequestUserInputParams,
  ToolRequestUserInputQuestion,
} from "../../generated/types.ts";
import { Deadline } from "../../util/deadline.ts";
import type { OptionNames } from "../../util/option_names.ts";
import { checkLimitMs } from "../../util/timer.ts";
import { valueAt } from "../../util/value_at.ts";
import type { CallOptions } from "../call_options.ts";
import type { ClientContext } from "../client_context.ts";
import { checkCallOptions } from "../option_names.ts";

const METHOD = "item/tool/requestUserInput";
/** The id of the only question. */
const ID = "answer";

/**
 * Options of `context.ask()`.
 *
 * @example
 * ```ts
 * import type { ToolQuestionOptions } from "@codex-app-server/sdk/types";
 *
 * const yesOrNo: ToolQuestionOptions = { header: "Order", choices: ["yes", "no"], timeoutMs: 60_000 };
 * ```
 */
export interface ToolQuestionOptions extends CallOptions {
  /** A short title. Defaults to no title. */
  readonly header?: string | undefined;
  /** The answers to choose from. Defaults to a free text. */
  readonly choices?: readonly (string | ToolRequestUserInputOption)[] | undefined;
  /**
   * Whether other answers than the choices are accepted.
   *
   * @default {false}
   */
  readonly isOther?: boolean | undefined;
  /**
   * Whether the answer must not be shown while it is typed.
   *
   * @default {false}
   */
  readonly isSecret?: boolean | undefined;
}

const QUESTION: OptionNames<ToolQuestionOptions> = {
  header: true,
  choices: true,
  isOther: true,
  isSecret: true,
  signal: true,
  timeoutMs: true,
};

/** Where a question comes from. */
export type QuestionPlace = Pick<ToolRequestUserInputParams, "threadId" | "turnId" | "itemId">;

/** Asks what a tool asks, as if the server did; the signal of the call withdraws the question. */
export async function askForTool(
  context: Pick<ClientContext, "requests">,
  { place, question, options, callSignal }: {
    readonly place: QuestionPlace;
    readonly question: string;
    readonly options: ToolQuestionOptions;
    readonly callSignal: AbortSignal;
  },
): Promise<readonly string[]> {
  checkCallOptions("ask()", options, QUESTION);
  const asked = wireQuestion(question, options);
  checkLimitMs("timeoutMs", options.timeoutMs);
  const { signal, timeoutMs } = options;
  const timeoutError = (ms: number): Error => new RequestTimeoutError(METHOD, ms);
  const call = new Deadline({ signal: callSignal, timeoutMs, timeoutError });
  const deadline = new Deadline({ signal, timeoutError });
  try {
    call.signal.throwIfAborted();
    deadline.signal.throwIfAborted();
    const params: ToolRequestUserInputParams = {
      ...place,
      questions: [asked],
      isBlocking: true,
      autoResolutionMs: null,
    };
    const ended = new AbortController();
    const outcome = context.requests.ask(
      { id: `ask ${crypto.randomUUID()}`, method: METHOD, params },
      ended.signal,
    );
    try {
      return answersIn(await call.race(deadline.race(outcome)));
    } finally {
      ended.abort(new DOMException("The question is no longer asked", "AbortError"));
    }
  } finally {
    call.end();
    deadline.end();
  }
}

function wireQuestion(
  question: unknown,
  { header = "", choices, isOther = false, isSecret = false }: ToolQuestionOptions,
): ToolRequestUserInputQuestion {
  if (typeof question !== "string" || question.trim() === "") {
    throw new TypeError(`A question must be a string that is not blank, got ${typeof question}`);
  }
  if (choices !== undefined && (!Array.isArray(choices) || choices.length === 0)) {
    throw new TypeError('"choices" must be an array of at least one answer');
  }
  const options =
    choices?.map((choice) =>
      typeof choice === "string" ? { label: choice, description: "" } : choice
    ) ?? null;
  return { id: ID, header, question, isOther: isOther || options === null, isSecret, options };
}

/** The answers in the outcome; a declined question has none. */
function answersIn(outcome: object): readonly string[] {
  const answers = valueAt(outcome, `result.answers.${ID}.answers`);
  return Array.isArray(answers) ? answers : [];
}
