import { existsSync } from "node:fs";
import { join } from "node:path";
import { SettingsNotAppliedError } from "../../errors.ts";
import type { UserInputRequest } from "../../mod.ts";
import { functionCall, gate, message, type ModelServer, shellCommand } from "../../testing.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

/** The model and the effort of each request. */
function asked(model: ModelServer): [string, string | undefined][] {
  return model.requests.map(({ body }) => {
    const { model, reasoning } = body as { model: string; reasoning?: { effort?: string } };
    return [model, reasoning?.effort];
  });
}

test("thread.set changes model, effort, sandbox and approvals from the next turn on, and the running turn keeps its own", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted } = session;
  const thread = await codex.threadStart({ model: "gpt-5", sandbox: "workspace" });
  const hold = gate();
  model.enqueue(hold, shellCommand("touch one"));
  model.enqueue(message("done"));
  const turn = await thread.turn("go");
  await hold.untilReached();
  await thread.set({
    model: "gpt-5-mini",
    effort: "high",
    sandbox: "readOnly",
    approvalMode: "denyAll",
  });
  const { settings } = thread; // known at once, not only when the server has reported it
  assertEquals(
    [settings.model, settings.reasoningEffort, settings.sandbox.type, settings.approvalPolicy],
    ["gpt-5-mini", "high", "readOnly", "never"],
  );
  hold.open();
  const has = (name: string): boolean => existsSync(join(scripted.home.workspace, name));
  await turn.run();
  assertEquals(has("one"), true);
  assertEquals(asked(model), [["gpt-5", undefined], ["gpt-5", undefined]]);

  model.enqueue(shellCommand("touch two"));
  model.enqueue(message("done"));
  await thread.run("again");
  assertEquals(has("two"), false);
  assertEquals(asked(model).at(-1), ["gpt-5-mini", "high"]);
  // Nothing to change, and what cannot be changed.
  await thread.set({ model: undefined, approvalMode: "inherit" });
  await assertRejects(() => thread.set({ config: {} } as never), TypeError, "threadStart()");
  assertEquals(asked(model).length, 4);
});

test("thread.set with collaborationMode plan has the agent ask and plan, until default ends it", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const questions: UserInputRequest["questions"][] = [];
  const thread = await codex.threadStart({
    model: "gpt-5",
    onUserInput: (request) => {
      questions.push(request.questions);
      return { [request.questions[0]?.id ?? ""]: "blue" };
    },
  });
  await thread.set({ collaborationMode: "plan", effort: "high" });
  model.enqueue(functionCall("request_user_input", {
    questions: [{
      id: "colour",
      header: "Colour",
      question: "Which colour?",
      options: [{ label: "red", description: "warm" }, { label: "blue", description: "cold" }],
    }],
  }));
  model.enqueue(message("<proposed_plan>\n- paint it blue\n</proposed_plan>"));
  const { items, finalResponse } = await thread.run("Paint it.");
  const plan = items.find((item) => item.type === "plan");
  assert(plan?.type === "plan");
  assertEquals([plan.text.trim(), finalResponse], ["- paint it blue", null]);
  assertEquals(questions[0]?.[0]?.question, "Which colour?");
  const developer = (): string => JSON.stringify(model.requests.at(-1)?.developerTexts());
  assertStringIncludes(developer(), "Plan Mode");
  assertEquals(asked(model).at(-1), ["gpt-5", "high"]);

  await thread.set({ collaborationMode: "default" });
  model.enqueue(message("Done."));
  assertEquals((await thread.run("Do it.")).finalResponse, "Done.");
  assertStringIncludes(developer(), "You are now in Default mode");
  assertEquals(asked(model).at(-1), ["gpt-5", "high"]);
});

test("turn.set changes the model and the effort of the running turn, and is refused once it has ended", async () => {
  await using session = await ScriptedCodex.start({}, {
    features: { step_model_switching: true },
  });
  const { codex, model } = session;
  const [first, second] = (await codex.models()).map(({ id }) => id);
  const thread = await codex.threadStart({ model: first, approvalMode: "ask" });
  const hold = gate();
  model.enqueue(hold, shellCommand("true"));
  model.enqueue(message("done"));
  model.enqueue(message("again"));
  const turn = await thread.turn("go");
  await hold.untilReached();
  await turn.set({ model: second, effort: "low", approvalMode: "autoReview" });
  hold.open();
  await turn.run();
  assertEquals(asked(model).at(-1), [second, "low"]);
  await thread.run("again"); // the thread keeps its own
  assertEquals(asked(model).at(-1)?.[0], first);
  const error = await assertRejects(() => turn.set({ effort: "high" }), SettingsNotAppliedError);
  assertEquals([error.turnId, error.settings], [turn.id, ["effort"]]);
});

test("turn.set without the feature changes the reviewer alone, and says what the rest needs", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart({ approvalMode: "ask" });
  const hold = gate();
  model.enqueue(hold, message("done"));
  const turn = await thread.turn("go");
  await hold.untilReached();
  await turn.set({ approvalMode: "autoReview" });
  await assertRejects(
    () => turn.set({ model: "gpt-5" }),
    SettingsNotAppliedError,
    '"features.step_model_switching": true',
  );
  await assertRejects(
    () => turn.set({ approvalMode: "denyAll" as never }),
    SettingsNotAppliedError,
  );
  await assertRejects(
    () => turn.set({ sandbox: "readOnly" } as never),
    TypeError,
    "threadStart()",
  );
  // The policy that counts is the one that the turn began with.
  await thread.set({ approvalMode: "denyAll" });
  await turn.set({ approvalMode: "ask" });
  hold.open();
  await turn.run();
  const again = gate();
  model.enqueue(again, message("done"));
  const unasked = await thread.turn("go on");
  await again.untilReached();
  await thread.set({ approvalMode: "ask" });
  await assertRejects(
    () => unasked.set({ approvalMode: "autoReview" }),
    SettingsNotAppliedError,
    'only "ask" and "autoReview" can replace each other',
  );
  again.open();
  await unasked.run();
});

test("thread.backgroundTerminals lists what runs in the background, and stops one or all of them", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart({ approvalMode: "denyAll", sandbox: "readOnly" });
  assertEquals(await thread.backgroundTerminals(), []);
  const command = "sleep 300; true";
  for (let i = 0; i < 3; i++) model.enqueue(shellCommand(command, { yieldTimeMs: 250 }));
  model.enqueue(message("They run."));
  const { backgroundItems } = await thread.run("start");
  const ends = thread.events({ methods: ["item/completed"] });
  const running = await thread.backgroundTerminals();
  assertEquals(running.map(({ itemId }) => itemId).sort(), [...backgroundItems].sort());
  assertEquals(running[0]?.command, command);
  assertEquals([await running[0]?.stop(), await running[0]?.stop()], [true, false]);
  assertEquals((await thread.backgroundTerminals()).length, 2);
  await thread.stopBackgroundTerminals({ timeoutMs: 10_000 });
  assertEquals(await thread.backgroundTerminals(), []);
  let ended = 0;
  for await (const _ of ends) if (++ended === 3) break;
});
