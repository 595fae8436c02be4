/** Token counts in the form of the AI SDK. */
import type { LanguageModelV4Usage } from "@ai-sdk/provider";
import type { TokenUsageBreakdown } from "../generated/types.ts";

const FIELDS = [
  "totalTokens",
  "inputTokens",
  "cachedInputTokens",
  "cacheWriteInputTokens",
  "outputTokens",
  "reasoningOutputTokens",
] as const;

/** No tokens. */
export const NO_TOKENS: TokenUsageBreakdown = Object.freeze({
  totalTokens: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteInputTokens: 0,
  outputTokens: 0,
  reasoningOutputTokens: 0,
});

/** Combines two counts, field by field. */
export function combine(
  one: TokenUsageBreakdown,
  other: TokenUsageBreakdown,
  how: (a: number, b: number) => number,
): TokenUsageBreakdown {
  // An older server leaves out fields.
  const pairs = FIELDS.map((name) => [name, how(one[name] ?? 0, other[name] ?? 0)] as const);
  return Object.fromEntries(pairs) as TokenUsageBreakdown;
}

/** Returns counts as the AI SDK reports them. */
export function modelUsage(tokens: TokenUsageBreakdown | undefined): LanguageModelV4Usage {
  if (tokens === undefined) {
    return {
      inputTokens: {
        total: undefined,
        noCache: undefined,
        cacheRead: undefined,
        cacheWrite: undefined,
      },
      outputTokens: { total: undefined, text: undefined, reasoning: undefined },
    };
  }
  const { inputTokens, cachedInputTokens, cacheWriteInputTokens } = tokens;
  const { outputTokens, reasoningOutputTokens } = tokens;
  return {
    inputTokens: {
      total: inputTokens,
      noCache: inputTokens - cachedInputTokens,
      cacheRead: cachedInputTokens,
      cacheWrite: cacheWriteInputTokens,
    },
    outputTokens: {
      total: outputTokens,
      text: outputTokens - reasoningOutputTokens,
      reasoning: reasoningOutputTokens,
    },
    raw: { ...tokens },
  };
}
