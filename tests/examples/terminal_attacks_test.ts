/** What an agent, or a person who types ahead, may not bring about at the prompts of examples 11 and 17. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type FunctionCallStep, message, type ModelServer, shellCommand } from "../../testing.ts";
import { assert, assertEquals, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { withFolder } from "../process/_current.ts";
import { ExampleInTerminal } from "./_in_terminal.ts";

const options = { timeoutMs: 180_000 };
const ESCALATE = { escalate: "It is needed" };
const chat = "11_cli_mini_app";
const prompt = "17_approvals_at_the_prompt";

/** Runs a body with an example in a terminal, and with the path of a file that the agent wants to write. */
function attack(
  example: string,
  script: (model: ModelServer, file: string) => void,
  body: (terminal: ExampleInTerminal, file: string) => Promise<void>,
): Promise<void> {
  return withFolder(async (folder) => {
    const file = join(folder, "evil");
    await using terminal = await ExampleInTerminal.start(example, (model) => script(model, file));
    await body(terminal, file);
  });
}

test(
  "example 11 takes no line as the answer that was typed before the question [R-106]",
  () =>
    attack(chat, (model, file) => {
      model.enqueueFor("begin", shellCommand("sleep 3"));
      model.enqueueFor("begin", shellCommand(`touch ${file}`, ESCALATE));
      model.enqueueFor("begin", message("It was declined."));
      model.enqueueFor("you may", message("I heard you."));
    }, async (terminal, file) => {
      await terminal.shows("› ");
      await terminal.type("begin\r");
      await terminal.shows("$ sleep 3");
      await terminal.type("you may go on\ry\ry"); // two lines, and half of a third
      await terminal.shows("Allow this?");
      await terminal.type("you may go on\r"); // a line that starts with "y" is no answer
      await terminal.shows("Allow this?", 2);
      await terminal.type("n\r");
      await terminal.shows("It was declined.");
      await terminal.shows("I heard you."); // the lines typed ahead are the next messages
      assert(!existsSync(file), terminal.seen);
    }),
  options,
);

test(
  "example 11 shows all lines of a command, and none of its control codes [R-106]",
  () =>
    attack(chat, (model, file) => {
      const script = `echo harmless\necho EVIL > ${file} #\r\x1b[2K$ ls \u202e`;
      model.enqueueFor("begin", shellCommand("printf '\\033]0;title\\007\\rover'"));
      model.enqueueFor("begin", shellCommand(script, ESCALATE));
      model.enqueueFor("begin", message("done \x1b]0;title\x07\x1b[1A"));
    }, async (terminal, file) => {
      await terminal.shows("› ");
      await terminal.type("begin\r");
      await terminal.shows("Allow this?");
      const shown = terminal.seen.slice(terminal.seen.lastIndexOf("$ echo harmless"));
      assertStringIncludes(
        shown,
        `$ echo harmless\r\n| echo EVIL > ${file} #\\r\\x1b[2K$ ls \\u202e`,
      );
      assertStringIncludes(terminal.seen, "\\x1b]0;title\\x07\\rover");
      await terminal.type("yes\r");
      await terminal.shows("done \\x1b]0;title\\x07\\x1b[1A");
      assert(existsSync(file));
      const obeyed = ["\x1b]", "\x07", "\x1b[1A", "\u202e"].filter((code) =>
        terminal.seen.includes(code)
      );
      assertEquals(obeyed, []);
    }),
  options,
);

test(
  "example 11 takes one pasted line as the answer and keeps the others as messages [R-106]",
  () =>
    attack(chat, (model, file) => {
      model.enqueueFor("begin", shellCommand("echo first", ESCALATE));
      model.enqueueFor("begin", shellCommand(`touch ${file}`, ESCALATE));
      model.enqueueFor("begin", message("One of two."));
      model.enqueueFor("y", message("I heard a y."));
      model.enqueueFor("and more", message("I heard more."));
    }, async (terminal, file) => {
      await terminal.shows("› ");
      await terminal.type("begin\r");
      await terminal.shows("Allow this?");
      await terminal.type("y\ry\rand more\r");
      await terminal.shows("Allow this?", 2);
      await terminal.type("\r");
      await terminal.shows("I heard more.");
      assert(!existsSync(file), terminal.seen);
    }),
  options,
);

test(
  "example 11 keeps an open question while other commands of the same response begin [R-106]",
  () =>
    attack(chat, (model, file) => {
      const touch = (name: string): FunctionCallStep =>
        shellCommand(`touch ${file}-${name}`, { ...ESCALATE, callId: name });
      model.enqueueFor("begin", touch("one"), touch("two"));
      model.enqueueFor("begin", message("One of two."));
    }, async (terminal, file) => {
      await terminal.shows("› ");
      await terminal.type("begin\r");
      const question = /\$ touch \S+-(one|two)\r\n {2}in .*\r\n {2}It is needed\r\n.*Allow this\?/g;
      await terminal.shows("Allow this?");
      await terminal.type("y\r");
      await terminal.shows("Allow this?", 2);
      await terminal.type("n\r");
      await terminal.shows("One of two.");
      const [first, second] = [...terminal.seen.matchAll(question)].map(([, name]) => name);
      assert(first !== undefined && second !== undefined && first !== second, terminal.seen);
      assertEquals([existsSync(`${file}-${first}`), existsSync(`${file}-${second}`)], [
        true,
        false,
      ]);
    }),
  options,
);

test(
  "example 17 asks about a whole command, and is answered by whole lines typed afterwards [R-106]",
  () =>
    attack(prompt, (model, file) => {
      model.enqueue(shellCommand("sleep 3; true", ESCALATE));
      model.enqueue(shellCommand(`echo harmless\necho EVIL > ${file} #\r\x1b[2K$ ls`, ESCALATE));
      model.enqueue(message("\x1b[2Jdone"));
    }, async (terminal, file) => {
      await terminal.shows("Allow this?");
      await terminal.type("y\ry\ryes\r");
      await terminal.shows("It is needed", 2); // a long prompt is drawn again and again
      assertStringIncludes(terminal.seen, `| echo EVIL > ${file} #\\r\\x1b[2K$ ls`);
      await terminal.type("yes, do\r");
      await terminal.shows("It is needed", 3);
      await terminal.type("n\r");
      await terminal.shows("\\x1b[2Jdone");
      assertEquals([await terminal.exitCode(), existsSync(file)], [0, false], terminal.seen);
    }),
  options,
);

test(
  "example 17 asks about commands of one response one after another, and each answer is for its own [R-38] [R-106]",
  () =>
    attack(prompt, (model, file) => {
      const touch = (name: string): FunctionCallStep =>
        shellCommand(`: ${name}\ntouch ${file}-${name}`, { ...ESCALATE, callId: name });
      model.enqueue(touch("one"), touch("two"), touch("three"));
      model.enqueue(message("Two of three."));
    }, async (terminal, file) => {
      for (const [index, answer] of ["yes", "no", "yes"].entries()) {
        await terminal.shows("It is needed", index + 1);
        await terminal.type(`${answer}\r`);
      }
      await terminal.shows("Two of three.");
      assertEquals(await terminal.exitCode(), 0);
      const question =
        /\$ : (\w+)\r\n\| touch \S+-\1\r\n {2}in .*\r\n {2}It is needed\r\n.*Allow this\?/g;
      const names = [...terminal.seen.matchAll(question)].map(([, name = ""]) => name);
      assertEquals([...names].sort(), ["one", "three", "two"], terminal.seen);
      const written = names.map((name) => existsSync(`${file}-${name}`));
      assertEquals(written, [true, false, true], terminal.seen);
    }),
  options,
);
