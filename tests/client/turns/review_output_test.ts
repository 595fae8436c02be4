import { readReview, reviewIn } from "../../../src/client/turns/review_output.ts";
import { agentMessage } from "../../../testing.ts";
import { assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";

test("readReview reads the findings that the server lists [R-78]", () => {
  const text = [
    "It breaks.",
    "",
    "Full review comments:",
    "",
    "- [P1] Off by one — really — /work space/a.ts:3-5",
    "  The loop ends early.",
    "  ",
    "  - [P2] not a finding — /x.ts:1-2",
    "  ```suggestion",
    "    x",
    "  ```",
    "",
    "- No priority — C:\\b.ts:1-1",
    "  b",
    "  c",
    "",
    "- [P0] No body — /c.ts:7-7",
  ].join("\n");
  assertEquals(readReview(text), {
    explanation: "It breaks.",
    findings: [
      {
        title: "Off by one — really",
        priority: 1,
        body: "The loop ends early.\n\n- [P2] not a finding — /x.ts:1-2\n```suggestion\n  x\n```",
        file: "/work space/a.ts",
        lines: { start: 3, end: 5 },
      },
      {
        title: "No priority",
        priority: null,
        body: "b\nc",
        file: "C:\\b.ts",
        lines: { start: 1, end: 1 },
      },
      { title: "No body", priority: 0, body: "", file: "/c.ts", lines: { start: 7, end: 7 } },
    ],
  });
});

test("readReview reads one finding without an explanation, and a title of two lines [R-78]", () => {
  const { explanation, findings } = readReview("Review comment:\n\n- A\nB — /a.ts:3-4\n  body");
  assertEquals([explanation, findings.length], ["", 1]);
  assertEquals([findings[0]?.title, findings[0]?.file], ["A\nB", "/a.ts"]);
});

test("readReview reads the model's JSON that the server passes on [R-78]", () => {
  const place = { absolute_file_path: "/a.ts", line_range: { start: 3, end: 5 } };
  const findings = [
    { title: "[P2] A", body: "a", confidence_score: 0.9, code_location: place },
    { title: "B", body: "b", priority: 3, code_location: place },
    "not a finding",
    {},
  ];
  const json = JSON.stringify({ findings, overall_explanation: "Hm." });
  for (const text of [json, "```json\n" + json + "\n```"]) {
    const review = readReview(text);
    assertEquals(review.explanation, "Hm.");
    assertEquals(review.findings.map(({ title, priority, file }) => [title, priority, file]), [
      ["A", 2, "/a.ts"],
      ["B", 3, "/a.ts"],
      ["", null, ""],
    ]);
    assertEquals(review.findings[0]?.lines, { start: 3, end: 5 });
  }
});

test("readReview leaves any other text as the explanation [R-78]", () => {
  for (const text of ["Fine.", "", "{ braces }", "Review comment:", '{"findings": 5}']) {
    assertEquals(readReview(text), { explanation: text, findings: [] });
  }
});

test("reviewIn is null without a result of a review", () => {
  assertEquals(reviewIn([agentMessage("m", "Review comment:")]), null);
  assertEquals(reviewIn([{ type: "exitedReviewMode", id: "r" } as never]), null);
});

test("readReview passes over what is no line number in the model's JSON [R-78]", () => {
  const lines = (start: unknown, end: unknown): unknown => {
    const place = { line_range: { start, end } };
    return readReview(JSON.stringify({ findings: [{ title: "t", code_location: place }] }))
      .findings[0]?.lines;
  };
  assertEquals(lines({ toString: 0, valueOf: 0 }, 3), { start: 0, end: 3 });
  assertEquals(lines("4", [5]), { start: 4, end: 4 });
});
