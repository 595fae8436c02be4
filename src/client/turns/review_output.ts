/** What a review found, read from the text in which the server reports it. */
import type { ThreadItem } from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";

/**
 * One problem that a review found.
 *
 * @example
 * ```ts
 * import type { ReviewFinding } from "@codex-app-server/sdk/types";
 *
 * const line = ({ file, lines, title }: ReviewFinding): string => `${file}:${lines.start}: ${title}`;
 * ```
 */
export interface ReviewFinding {
  /** The title, without the priority. */
  readonly title: string;
  /** From 0, which blocks everything, to 3, which is nice to have; `null` if the model gave none. */
  readonly priority: number | null;
  /** The explanation, in Markdown. */
  readonly body: string;
  /** The absolute path of the file. */
  readonly file: string;
  /** The first and the last line, from 1. */
  readonly lines: { readonly start: number; readonly end: number };
}

/**
 * The outcome of a review.
 *
 * @example
 * ```ts
 * import type { Thread } from "@codex-app-server/sdk";
 * import type { ReviewOutput } from "@codex-app-server/sdk/types";
 *
 * async function urgent(thread: Thread): Promise<ReviewOutput["findings"]> {
 *   const { review } = await (await thread.review({ type: "uncommittedChanges" })).run();
 *   return review?.findings.filter(({ priority }) => (priority ?? 3) <= 1) ?? [];
 * }
 * ```
 */
export interface ReviewOutput {
  /** The overall judgement; the whole text if the model did not answer in the form of a review. */
  readonly explanation: string;
  /** The problems, in the model's order. */
  readonly findings: readonly ReviewFinding[];
}

/** The headings of one finding, and of several. */
const HEADING = /^(?:Review comment|Full review comments):$/m;
/** The first line of a finding; a title may have line breaks, and the last dash precedes the file. */
const FINDING = /^- ((?:[^\n]|\n(?![\n -]))*) — ([^\n]+?):(\d+)-(\d+)$/gm;
const PRIORITY = /^\[P(\d)\]\s*/;

/** Returns the outcome of the review among the items of a turn; `null` if it was no review, or did not get that far. */
export function reviewIn(items: readonly ThreadItem[]): ReviewOutput | null {
  const exited = items.findLast((item) => item.type === "exitedReviewMode");
  return typeof exited?.review === "string" ? readReview(exited.review) : null;
}

/**
 * Reads the text of a review. The server writes findings as a list; what does not fit its own schema, such as a finding
 * without a priority, it passes on as the model's JSON.
 */
export function readReview(text: string): ReviewOutput {
  return readJson(text) ?? readList(text) ?? { explanation: text, findings: [] };
}

function readList(text: string): ReviewOutput | undefined {
  const heading = HEADING.exec(text);
  if (heading === null) return undefined;
  const list = text.slice(heading.index + heading[0].length);
  const heads = [...list.matchAll(FINDING)];
  if (heads.length === 0) return undefined;
  const findings = heads.map((head, at): ReviewFinding => {
    const [line, title = "", file = "", start, end] = head;
    const body = list.slice(head.index + line.length, heads[at + 1]?.index);
    return finding({ title, file, start, end, body: unindented(body) });
  });
  return { explanation: text.slice(0, heading.index).trim(), findings };
}

/** The lines of a body are indented by two spaces. */
function unindented(body: string): string {
  return body.replace(/^ {1,2}/gm, "").trim();
}

function readJson(text: string): ReviewOutput | undefined {
  if (!/^\s*(?:```|\{)/.test(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1));
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !Array.isArray(value.findings)) return undefined;
  const { overall_explanation: explanation } = value;
  return {
    explanation: typeof explanation === "string" ? explanation : "",
    findings: value.findings.filter(isRecord).map(
      ({ title, body, priority, code_location: at }) => {
        const place = isRecord(at) ? at : {};
        const lines = isRecord(place.line_range) ? place.line_range : {};
        const { absolute_file_path: file } = place;
        return finding({ title, body, priority, file, start: lines.start, end: lines.end });
      },
    ),
  };
}

function finding(
  { title, body, priority, file, start, end }: Readonly<Record<string, unknown>>,
): ReviewFinding {
  const tagged = textOf(title);
  const tag = PRIORITY.exec(tagged);
  const first = lineOf(start) ?? 0;
  return {
    title: tagged.replace(PRIORITY, ""),
    priority: typeof priority === "number" ? priority : tag === null ? null : Number(tag[1]),
    body: textOf(body),
    file: textOf(file),
    lines: { start: first, end: lineOf(end) ?? first },
  };
}

/** A line number of the server's list is a string of digits, one of the model's JSON may be anything. */
function lineOf(value: unknown): number | undefined {
  const line = typeof value === "string" ? Number(value) : value;
  return Number.isSafeInteger(line) ? line as number : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
