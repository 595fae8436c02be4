import { assertMatch, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { runExample } from "./_example.ts";

const options = { timeoutMs: 120_000 };

test("example 29 lists MCP servers, calls their tools and answers a question", async () => {
  const stdout = await runExample("29_mcp_servers");
  assertMatch(stdout, /^Server: {3}broken: .*startup failed/m);
  assertStringIncludes(stdout, "Server:   workshop: order,stock\n");
  assertStringIncludes(stdout, 'Event:    "broken" did not start\n');
  assertStringIncludes(stdout, 'Called:   [{"type":"text","text":"3 of gear"}]\n');
  assertStringIncludes(stdout, "Resource: Monday to Friday, 8 to 17\n");
  assertStringIncludes(
    stdout,
    "Asked:    How many of spring?\nCall:     workshop/order completed\n" +
      "Answer:   Five springs are on their way.\n",
  );
}, options);

test("example 30 lists skills and uses one by its name", async () => {
  const stdout = await runExample("30_skills");
  assertStringIncludes(stdout, "Skill:  release-notes (on): How we write release notes.\n");
  assertStringIncludes(stdout, "Answer: Fixes the login. Fixes the search.\n");
}, options);

test("example 31 records a session, shows it and plays it back", async () => {
  const stdout = await runExample("31_record_and_replay");
  assertStringIncludes(stdout, "Recorded: Two words.\n");
  assertMatch(stdout, /^ +\d+ ms {2}> turn\/start \{"threadId":/m);
  assertMatch(stdout, /^ +\d+ ms {2}< item\/agentMessage\/delta x2 "Two words\."$/m);
  assertStringIncludes(stdout, "Replayed: Two words.\n");
  assertMatch(stdout, /^Changed: {2}params\.input\[0\]\.text: "How many lines.* instead of "How/m);
}, options);

test("example 33 lets a page decide about a command, and keeps another user out", async () => {
  const stdout = await runExample("33_gateway");
  assertMatch(stdout, /May it run date -u \+%Y\? \[accept, .*decline, cancel\]/);
  assertStringIncludes(stdout, "The turn is completed: It is the third millennium.");
  assertStringIncludes(stdout, "Bob: There is no such thread.");
}, { timeoutMs: 120_000 });
