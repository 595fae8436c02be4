/**
 * The settings and limits of a turn, and an answer as JSON.
 *
 *     deno run -A examples/12_turn_params_kitchen_sink.ts [--live]
 */
import process from "node:process";
import { ApprovalMode, Codex, printable, Sandbox, type TurnOptions } from "@codex-app-server/sdk";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("12_turn_params_kitchen_sink");
await using codex = await Codex.start(scripted?.options);
const thread = await codex.threadStart();

/** The shape of the JSON answer. Strict mode requires every property and allows no others. */
const outputSchema = {
  type: "object",
  properties: {
    title: { type: "string" },
    risk: { type: "string", enum: ["low", "medium", "high"] },
    steps: { type: "array", items: { type: "string" } },
  },
  required: ["title", "risk", "steps"],
  additionalProperties: false,
};

const options: TurnOptions = {
  // These also apply to later turns of the thread.
  model: (await codex.models()).find(({ isDefault }) => isDefault)?.model,
  effort: "low",
  summary: "concise",
  personality: "pragmatic",
  approvalMode: ApprovalMode.denyAll,
  sandbox: Sandbox.readOnly,
  cwd: scripted?.options.cwd ?? process.cwd(),
  // These apply only to this turn.
  outputSchema,
  whenBusy: "queue", // if the thread is already running a turn
  timeoutMs: 120_000, // for the entire turn
  idleTimeoutMs: 60_000, // without activity
  signal: AbortSignal.timeout(300_000),
};
const result = await thread.run("Plan how to make two gears mesh.", options);

const plan = JSON.parse(result.finalResponse ?? "") as { title: string; steps: string[] };
console.log(printable(`Plan:     ${plan.title}`));
for (const [index, step] of plan.steps.entries()) {
  console.log(printable(`          ${index + 1}. ${step}`));
}
console.log(`Settings: ${options.model}, effort ${options.effort}, sandbox ${options.sandbox}`);
const { turn } = result.usage ?? {};
console.log(
  `Tokens:   ${turn?.totalTokens}, ${turn?.reasoningOutputTokens} of them for reasoning`,
);
console.log(`Items:    ${result.items.map(({ type }) => type).join(", ")}`);
if (scripted !== undefined) {
  const { model, text } = scripted.model.requests[0]?.body as { model: string; text: unknown };
  console.log(`The model "${model}" was asked for ${JSON.stringify(text).slice(0, 60)}...`);
}
