import { assertMatch, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { runExample } from "./_example.ts";

const options = { timeoutMs: 120_000 };

test("example 02 waits for a turn and shows everything it produced", async () => {
  const stdout = await runExample("02_turn_run");
  assertMatch(stdout, /Status: {3}completed in \d+ ms/);
  assertStringIncludes(stdout, "Message:  I count the files. (commentary)");
  assertStringIncludes(stdout, "Output:   0 (exit code 0)");
  assertStringIncludes(stdout, "Answer:   There is no file here.");
  assertStringIncludes(stdout, "Tokens:   225");
}, options);

test("example 03 shows every event of a turn as it arrives", async () => {
  const stdout = await runExample("03_stream_events");
  assertMatch(stdout, /item\/agentMessage\/delta +"make "/);
  assertMatch(stdout, /item\/completed +commandExecution: .* -> 42/);
  assertMatch(stdout, /turn\/completed +completed/);
  assertStringIncludes(stdout, "  3 item/agentMessage/delta\n");
  assertStringIncludes(stdout, "  1 turn/completed\n");
}, options);

test("example 12 sets every option of a turn and reads a structured answer", async () => {
  const stdout = await runExample("12_turn_params_kitchen_sink");
  assertStringIncludes(stdout, "Plan:     Two gears\n          1. measure\n");
  assertMatch(stdout, /Settings: gpt-\S+, effort low, sandbox readOnly/);
  assertStringIncludes(stdout, "Tokens:   255, 20 of them for reasoning");
  assertStringIncludes(stdout, "Items:    userMessage, reasoning, agentMessage");
  assertMatch(stdout, /The model "gpt-\S+" was asked for .*"json_schema"/);
}, options);

test("example 13 changes model and effort per turn", async () => {
  const stdout = await runExample("13_model_select_and_turn_params");
  assertStringIncludes(stdout, "How do you think, in one word? Quickly.");
  const changes = [...stdout.matchAll(/the thread now uses (\S+), effort (\w+)/g)];
  const [first, second] = changes.map(([, model, effort]) => `${model} ${effort}`);
  assertMatch(`${first} ${second}`, /^(\S+) low (?!\1 )\S+ \w+$/);
  assertStringIncludes(stdout, "Say it once more. As before.");
}, options);

test("example 14 steers one turn and interrupts another", async () => {
  const stdout = await runExample("14_turn_controls");
  assertStringIncludes(stdout, "one, two, [steered]\n\na, b, c.\n");
  assertStringIncludes(stdout, "The steered turn is completed, with 2 inputs.");
  assertStringIncludes(stdout, "The endless turn is interrupted.");
  assertStringIncludes(stdout, "The next one works: Yes.");
}, options);

test("example 16 runs the turns of a goal as one", async () => {
  const stdout = await runExample("16_goal_turns");
  assertMatch(stdout, /A heron stands,\n[^]*the river goes,\n[^]*and nothing hurries\.\n/);
  assertStringIncludes(stdout, "  (goal: active, 55 tokens)\n");
  assertMatch(stdout, /\(goal: complete, \d+ tokens\)/);
  assertMatch(stdout, /Turn: {3}completed, \d+ items\nAnswer: and nothing hurries\.\n/);
  assertStringIncludes(stdout, 'Goal:   complete, "Write three lines of a poem, one line a turn."');
  assertStringIncludes(stdout, "Then:   no goal");
}, options);

test("example 23 has a mail start a turn, and another join the running one", async () => {
  const stdout = await runExample("23_external_messages");
  assertStringIncludes(stdout, "To the first mail: Thank you, I have changed nothing.\n");
  assertStringIncludes(stdout, "[a mail joins the turn]\nWith 1 mail in the turn: It is built, ");
}, options);

test("example 28 plans, works within limits, and stops what runs in the background", async () => {
  const stdout = await runExample("28_plan_and_limits");
  const lines = [
    "Asked:      In which language? French",
    "Plan:       Write Bonjour into greeting.txt",
    "Settings:   workspaceWrite, effort low",
    "Limit:      2 of toolCalls, 1 allowed",
  ];
  assertStringIncludes(stdout, `\n${lines.join("\n")}\n`);
  assertMatch(stdout, /\nThe turn: {3}interrupted, after (420|880) tokens\n/);
  assertMatch(stdout, /\nBackground: echo Bonjour .*\nStopped: {4}true\n/);
}, options);
