/** One test in a report. */
export interface ReportedTest {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly seconds: number;
}

const testCase = /<testcase((?:\s+[\w-]+="[^"]*")*)\s*(\/>|>)/g;

/** Returns the tests of a JUnit report from Deno, Bun or Node, without those that Deno cancelled: they did not run. */
export function parseJunit(xml: string): ReportedTest[] {
  return [...xml.matchAll(testCase)].flatMap((match) => {
    const [whole, attributes = "", end] = match;
    const start = match.index + whole.length;
    const body = end === "/>" ? "" : xml.slice(start, xml.indexOf("</testcase>", start));
    if (/^\s*<error message="Cancelled"\/>/.test(body)) return [];
    const name = /\sname="([^"]*)"/.exec(attributes)?.[1] ?? "";
    const seconds = Number(/\stime="([^"]*)"/.exec(attributes)?.[1] ?? 0);
    return { name: unescapeXml(name), outcome: outcomeOf(body), seconds };
  });
}

function outcomeOf(body: string): ReportedTest["outcome"] {
  if (/<(failure|error)\b/.test(body)) return "failed";
  return /<skipped\b/.test(body) ? "skipped" : "passed";
}

function unescapeXml(text: string): string {
  const once = (from: string): string =>
    from.replace(/&(lt|gt|quot|apos|amp);/g, (_all, name: string) => {
      return { lt: "<", gt: ">", quot: '"', apos: "'" }[name] ?? "&";
    });
  // Node escapes quotes in names twice.
  return once(once(text));
}
