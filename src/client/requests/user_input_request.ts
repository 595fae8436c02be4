/** The questions of the agent. */
import { DecisionNotOfferedError } from "../../errors/request_errors.ts";
import type {
  ToolRequestUserInputAnswer,
  ToolRequestUserInputQuestion,
  ToolRequestUserInputResponse,
} from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import { UserRequestBase } from "./user_request.ts";

/**
 * The answers to the agent's questions: one or more strings by question id; a result in the protocol's form; or a
 * single string, if there is only one question.
 *
 * @example
 * ```ts
 * import type { UserInputAnswer } from "@codex-app-server/sdk";
 *
 * const answers: readonly UserInputAnswer[] = ["blue", { colour: "blue", sizes: ["S", "M"] }];
 * ```
 */
export type UserInputAnswer =
  | string
  | { readonly [questionId in string]?: string | readonly string[] }
  | ToolRequestUserInputResponse;

/**
 * The agent asks questions and waits for the answers (`item/tool/requestUserInput`). Declining returns no answers.
 *
 * @example
 * ```ts
 * import { printable, type UserInputAnswer, type UserInputRequest } from "@codex-app-server/sdk";
 *
 * function onUserInput({ questions }: UserInputRequest): UserInputAnswer {
 *   return Object.fromEntries(questions.map(({ id, question, options }) => {
 *     const labels = options?.map(({ label }) => label).join(", ");
 *     return [id, prompt(printable(`${question} (${labels})`)) ?? ""];
 *   }));
 * }
 * ```
 */
export class UserInputRequest
  extends UserRequestBase<"item/tool/requestUserInput", UserInputAnswer> {
  /** The discriminant of this kind of request. */
  readonly kind = "userInput" as const;

  /** The questions, each with its options to choose from, if any. */
  get questions(): readonly ToolRequestUserInputQuestion[] {
    return this.params.questions ?? [];
  }

  /** @ignore */
  protected override resultOf(answer: UserInputAnswer): ToolRequestUserInputResponse {
    const answers = Object.entries(this.#byQuestion(answer)).map(([id, given]) => {
      const texts = typeof given === "string" ? [given] : given;
      this.#check(id, texts);
      const wire: ToolRequestUserInputAnswer = { answers: [...texts] };
      return [id, wire] as const;
    });
    return { answers: Object.fromEntries(answers) };
  }

  #byQuestion(answer: UserInputAnswer): Record<string, string | readonly string[]> {
    const [only, ...others] = this.questions;
    if (typeof answer === "string" && only !== undefined && others.length === 0) {
      return { [only.id]: answer };
    }
    if (!isRecord(answer)) {
      throw new TypeError(
        `The answer to ${this.questions.length} questions must be an object, got ${typeof answer}`,
      );
    }
    if (!isRecord(answer.answers)) return answer as Record<string, string>;
    const wire = answer as ToolRequestUserInputResponse;
    return Object.fromEntries(
      Object.entries(wire.answers).map(([id, given]) => [id, given?.answers ?? []]),
    );
  }

  #check(id: string, texts: unknown): asserts texts is readonly string[] {
    const question = this.questions.find((asked) => asked.id === id);
    if (question === undefined) {
      const ids = this.questions.map((asked) => JSON.stringify(asked.id)).join(", ");
      throw new TypeError(`There is no question ${JSON.stringify(id)}, only ${ids}`);
    }
    if (!Array.isArray(texts) || !texts.every((text) => typeof text === "string")) {
      throw new TypeError(
        `The answer to the question "${id}" must be a string or an array of strings, got ${typeof texts}`,
      );
    }
    const { isOther, options } = question;
    if (isOther !== false || !Array.isArray(options) || options.length === 0) return;
    const labels = options.map(({ label }) => label);
    const other = texts.find((text) => !labels.includes(text));
    if (other !== undefined) throw new DecisionNotOfferedError(this.method, other, labels);
  }
}
