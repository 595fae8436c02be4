import { assertEquals, assertMatch, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { runExample } from "./_example.ts";

const options = { timeoutMs: 120_000 };

test("example 06 names, reads, forks, compacts, archives and deletes a thread", async () => {
  const stdout = await runExample("06_thread_lifecycle_and_controls");
  const lines = [
    "Named:      Seven",
    "History:    user: Remember the number seven.",
    "History:    agent: Noted: seven.",
    "Forked:     Fourteen.",
    "Other id:   true",
    "Compacted:  completed",
    "Archived:   true, among the others: false",
    "Unarchived: true",
    "Deleted:    true",
  ];
  assertStringIncludes(stdout, `\n${lines.join("\n")}\n`);
}, options);

test("example 07 asks about an image in memory", async () => {
  const stdout = await runExample("07_image_and_text");
  assertStringIncludes(stdout, "Answer: Red and blue squares");
  assertMatch(stdout, /The model got data:image\/png;base64,\.\.\. \(\d{3} characters\)/);
}, options);

test("example 08 asks about an image file", async () => {
  const stdout = await runExample("08_local_image_and_text");
  assertStringIncludes(stdout, "Answer: Two colours: red and blue.");
  assertMatch(stdout, /The model got data:image\/png;base64,\.\.\. \(\d{3} characters\)/);
}, options);

test("example 15 logs in by device code and by API key, and out again", async () => {
  const all = await runExample("15_login_and_account");
  const modes = [...all.matchAll(/\(now: (\w+)\)/g)].map(([, who]) => who);
  assertEquals(modes, ["chatgpt", "apikey", "nobody"]);
  const stdout = all.replace(/^.*\(now: .*\n/gm, ""); // they may arrive at any time
  assertMatch(stdout, /Account: nobody is logged in\nLogin: +open http\S+ and enter \S+\n/);
  assertMatch(stdout, /Login: +done\nAccount: user@example\.com, plus\n/);
  assertMatch(stdout, /Account: apiKey\nAnswer: +Hello, whoever pays\./);
  assertStringIncludes(stdout, 'The model\'s provider got "Bearer sk-example..."');
  assertMatch(stdout, /\nAccount: nobody is logged in\n$/);
}, options);
