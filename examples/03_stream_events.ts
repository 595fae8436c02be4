/**
 * Every event of a turn as it arrives, each with its own type, distinguished by `method`.
 *
 *     deno run -A examples/03_stream_events.ts [--live]
 */
import { Codex, Sandbox, type ServerNotification } from "@codex-app-server/sdk";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("03_stream_events");
await using codex = await Codex.start(scripted?.options);
const thread = await codex.threadStart({ sandbox: Sandbox.readOnly });

const counts = new Map<string, number>();
const turn = await thread.turn("Add 17 and 25 with a shell command.", { summary: "concise" });
for await (const event of turn) {
  counts.set(event.method, (counts.get(event.method) ?? 0) + 1);
  const line = describe(event);
  if (line !== undefined) console.log(`${event.method.padEnd(36)} ${line}`);
}

console.log("\nEvents by method:");
for (const [method, count] of counts) console.log(`${String(count).padStart(3)} ${method}`);

/** Returns one line for an event; `undefined` for events that this program does not show. */
function describe(event: ServerNotification): string | undefined {
  switch (event.method) {
    case "turn/started":
      return event.params.turn.id;
    case "item/started":
      return event.params.item.type;
    case "item/agentMessage/delta":
    case "item/reasoning/summaryTextDelta":
    case "item/commandExecution/outputDelta":
      return JSON.stringify(event.params.delta);
    case "item/completed":
      return describeItem(event.params.item);
    case "thread/tokenUsage/updated":
      return `${event.params.tokenUsage.total.totalTokens} tokens`;
    case "turn/completed":
      return event.params.turn.status;
    default:
      return undefined;
  }
}

function describeItem(
  item: Extract<ServerNotification, { method: "item/completed" }>["params"]["item"],
): string {
  switch (item.type) {
    case "commandExecution":
      return `${item.type}: ${item.command} -> ${item.aggregatedOutput?.trim()}`;
    case "agentMessage":
      return `${item.type}: ${item.text}`;
    default:
      return item.type;
  }
}
