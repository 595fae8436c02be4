/** What was used between two counts of tokens. */
import type { TokenUsageBreakdown } from "../../generated/types.ts";

/** Gives one count less another, kind by kind; never less than nothing. */
export function usageDifference(
  from: TokenUsageBreakdown,
  less: TokenUsageBreakdown,
): TokenUsageBreakdown {
  const rest = Object.entries(from).map(([name, count]) => {
    const other = less[name as keyof TokenUsageBreakdown] ?? 0;
    return [name, Math.max(0, Number(count) - Number(other))];
  });
  return Object.fromEntries(rest) as TokenUsageBreakdown;
}
