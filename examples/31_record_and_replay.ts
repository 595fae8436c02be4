/**
 * Record and replay: a session is written to a file, shown, and played back without a server. Such a file can be attached
 * to a bug report, and be the base of a test.
 *
 *     deno run -A examples/31_record_and_replay.ts [--live]
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Codex, type Connect, printable, TransportClosedError } from "@codex-app-server/sdk";
import {
  recordTransport,
  ReplayMismatchError,
  replayTransport,
  viewRecording,
} from "@codex-app-server/sdk/testing";
import { stdio } from "@codex-app-server/sdk/transports/auto";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("31_record_and_replay");
const folder = await mkdtemp(join(tmpdir(), "recorded-"));
const file = join(folder, "session.jsonl");
await writeFile(join(scripted?.options.cwd ?? folder, "greeting.txt"), "Good morning\n");

async function ask(connect: Connect, question: string): Promise<string> {
  await using codex = await Codex.start({ connect });
  const thread = await codex.threadStart({ cwd: scripted?.options.cwd ?? folder });
  return printable((await thread.run(question)).finalResponse ?? "");
}

const question = "How many words does greeting.txt have?";
const answer = await ask(recordTransport(stdio(scripted?.options), file), question);
console.log(`Recorded: ${answer}`);

for await (const line of viewRecording(file, { width: 100 })) console.log(line);

// No server, no login, no model.
const replayed = await ask(replayTransport(file), question);
console.log(`Replayed: ${replayed}`);

try {
  await ask(replayTransport(file), "How many lines does it have?");
} catch (error) {
  const cause = error instanceof TransportClosedError ? error.cause : undefined;
  if (!(cause instanceof ReplayMismatchError)) throw error;
  console.log(`Changed:  ${cause.differences.join("; ")}`);
}
await rm(folder, { recursive: true });
