/**
 * When the server starts: immediately with `Codex.start()`, on first use with `new Codex()`.
 *
 * deno run -A examples/09_eager_and_lazy_start.ts [--live]
 */
import { Codex, isCodexError, printable, Sandbox } from "@codex-app-server/sdk";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("09_eager_and_lazy_start");
await eager();
await lazy();

/** Start errors show here; afterwards the metadata is available. */
async function eager(): Promise<void> {
  await using codex = await Codex.start(scripted?.options);
  console.log(`Eager: process ${codex.pid}, codex ${codex.metadata.version}`);
}

/** Costs nothing until it is used; start errors show at the first call. */
async function lazy(): Promise<void> {
  await using codex = new Codex(scripted?.options);
  try {
    console.log(codex.metadata.version);
  } catch (error) {
    console.log(printable(`Lazy: no process yet (${isCodexError(error) ? error.message : error})`));
  }
  // Two concurrent first uses start one process; the turns of both threads run at the same time.
  const questions = ["What colour is the sky?", "What colour is grass?"];
  const answers = await Promise.all(questions.map(async (question) => {
    const thread = await codex.threadStart({ sandbox: Sandbox.readOnly });
    return (await thread.run(question)).finalResponse;
  }));
  console.log(`Lazy: process ${codex.pid}, codex ${codex.metadata.version}`);
  console.log(printable(`Lazy: ${answers.join(" ")}`));
}
