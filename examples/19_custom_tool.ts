/**
 * Custom tools: the model calls functions in this program, with validated arguments,
 * which can show their progress and ask the user.
 *
 *     deno run -A examples/19_custom_tool.ts [--live]
 */
import { Codex, image, printable, Sandbox, tool, toolNamespace } from "@codex-app-server/sdk";
import { picture } from "./_picture.ts";
import { scriptedModel } from "./_scripted.ts";

const shelf: Record<string, number> = { gear: 3, spring: 12 };

// `run` gets what the schema describes; with zod, arktype or valibot, the type is inferred.
const stock = tool<{ part: string }>({
  name: "stock",
  description: "Returns how many units of a part are in stock.",
  input: {
    type: "object",
    properties: { part: { type: "string", description: "The name of the part, in the singular." } },
    required: ["part"],
    additionalProperties: false,
  },
  timeoutMs: 5_000,
  run: ({ part }, { turnId }) => {
    console.log(`[stock of "${part}", asked in turn ${turnId.slice(0, 8)}]`);
    const count = shelf[part];
    // Throwing fails the call, not the turn: the model reads the message and can try again.
    if (count === undefined) throw new Error(`there is no "${part}": try ${Object.keys(shelf)}`);
    return { part, count };
  },
});

const drawing = tool({
  name: "drawing",
  description: "The drawing of the workshop.",
  async run(_args, { ask, progress }): Promise<unknown> {
    // Answered where the agent's own questions are: by `onUserInput` or a reader of `requests()`.
    const [answer] = await ask("May the model see the drawing?", { choices: ["yes", "no"] });
    if (answer !== "yes") return "The user does not want to show it.";
    progress("fetching the drawing"); // for the program: the model does not see it
    return ["The workshop from above:", image(picture)];
  },
});

const tools = [
  stock,
  toolNamespace({ name: "workshop", description: "About the workshop.", tools: [drawing] }),
];

await using scripted = await scriptedModel("19_custom_tool");
const threadId = await begin();
await goOn(threadId);

async function begin(): Promise<string> {
  await using codex = await Codex.start({
    ...scripted?.options,
    onUserInput({ questions }): string {
      console.log(printable(`[${questions[0]?.question} yes]`));
      return "yes";
    },
  });
  const thread = await codex.threadStart({ tools, sandbox: Sandbox.readOnly });
  const turn = await thread.turn(
    "Use the tool `stock`: how many gears and wheels are there? Then look at the drawing.",
  );
  for await (const { method, params } of turn.stream()) {
    if (method === "sdk/item/progress") console.log(printable(`[${params.message}]`));
  }
  const { finalResponse, items } = await turn.run();
  for (const item of items) {
    if (item.type !== "dynamicToolCall") continue;
    const name = [item.namespace, item.tool].filter((part) => part !== null).join("/");
    console.log(printable(`Call:   ${name}(${JSON.stringify(item.arguments)}) ${item.status}`));
  }
  console.log(printable(`Answer: ${finalResponse}`));
  return thread.id;
}

/** The server stores what the model sees of the tools; pass the code again, matched by name. */
async function goOn(id: string): Promise<void> {
  await using codex = await Codex.start(scripted?.options);
  const thread = await codex.threadResume(id, { tools });
  const { finalResponse } = await thread.run("And how many springs? Ask `stock` again.");
  console.log(printable(`Later:  ${finalResponse}`));
}
