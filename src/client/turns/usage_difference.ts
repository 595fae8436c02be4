/** The difference between two token counts. */
import type { TokenUsageBreakdown } from "../../generated/types.ts";

/** Subtracts one count from another, field by field; never below 0. What is not a number counts as 0. */
export function usageDifference(
  from: TokenUsageBreakdown,
  less: TokenUsageBreakdown,
): TokenUsageBreakdown {
  const rest = Object.entries(from).map(([name, count]) => {
    const other = less[name as keyof TokenUsageBreakdown];
    return [name, Math.max(0, numberOf(count) - numberOf(other))];
  });
  return Object.fromEntries(rest) as TokenUsageBreakdown;
}

function numberOf(count: unknown): number {
  return typeof count === "number" ? count : 0;
}
