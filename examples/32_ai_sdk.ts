/**
 * The AI SDK over Codex: a tool of the AI SDK, an approval, an object, and a thread that goes on.
 *
 *     deno run -A examples/32_ai_sdk.ts [--live]
 */
import { printable } from "@codex-app-server/sdk";
import { createCodex } from "@codex-app-server/sdk/ai";
import { generateText, isStepCount, type ModelMessage, Output, streamText, tool } from "ai";
import { z } from "zod";
import { scriptedModel } from "./_scripted.ts";

const stock = tool({
  description: "Returns how many units of a part are in stock.",
  inputSchema: z.object({ part: z.string() }),
  execute: ({ part }) => ({ part, count: part === "gear" ? 3 : 0 }),
});

await using scripted = await scriptedModel("32_ai_sdk");
await using codex = createCodex({
  ...(scripted === undefined ? {} : { options: scripted.options }),
  thread: { sandbox: "readOnly" },
  toolApprovals: true,
});

// 1. A tool of the AI SDK: the turn waits while it runs, and goes on with its result.
const { text, steps, totalUsage } = await generateText({
  model: codex(),
  prompt: "How many gears are in stock? Use the tool.",
  tools: { stock },
  stopWhen: isStepCount(5),
});
const called = steps.flatMap(({ toolCalls }) => toolCalls.map(({ toolName }) => toolName));
console.log(printable(`Answer:   ${text} (${steps.length} steps, called ${called.join(", ")})`));
console.log(`Tokens:   ${totalUsage.inputTokens} in, ${totalUsage.outputTokens} out`);

// 2. A command outside of the sandbox is a tool approval request, which the next call answers.
const messages: ModelMessage[] = [{
  role: "user",
  content: "Write `hello` into hello.txt with a shell command, and ask for the permission.",
}];
const asked = streamText({ model: codex(), messages });
for (const part of await asked.content) {
  if (part.type !== "tool-approval-request") continue;
  const { approvalId, toolCall } = part;
  console.log(printable(`Approval: ${toolCall.toolName} ${JSON.stringify(toolCall.input)}`));
  messages.push(...(await asked.response).messages, {
    role: "tool",
    content: [{
      type: "tool-approval-response",
      approvalId,
      approved: false,
      providerExecuted: true,
    }],
  });
}
const declined = await generateText({ model: codex(), messages });
console.log(printable(`Declined: ${declined.text}`));

// 3. An object, in the same thread: it knows what was said.
const threadId = (declined.providerMetadata?.["codex"] as { threadId: string }).threadId;
const { output } = await generateText({
  model: codex(),
  prompt: "What did you want to write, and where?",
  output: Output.object({ schema: z.object({ file: z.string(), content: z.string() }) }),
  providerOptions: { codex: { threadId } },
});
console.log(printable(`Object:   ${output.content} in ${output.file}`));
