/** What a user's program does: one turn on the real binary, against a scripted model, all of it from the package. */
import { Codex } from "@codex-app-server/sdk";
import { PROTOCOL_VERSION } from "@codex-app-server/sdk/protocol";
import { deltas, ScriptedModel } from "@codex-app-server/sdk/testing";
import { readFile, realpath } from "node:fs/promises";
import process from "node:process";

const { bun, deno, node } = process.versions;
const runtime = bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`;
const scripted = await ScriptedModel.start();
try {
  scripted.model.enqueue(deltas(["a ", "turn"]));
  const codex = await Codex.start(scripted.options);
  try {
    // Linux tells which file a process runs, and with which variables: a script notes its path in one.
    const environment = await readFile(`/proc/${codex.pid}/environ`, "utf8").catch(() => "");
    const [, script] = /(?:^|\0)INSTALLED_CODEX=([^\0]*)/.exec(environment) ?? [];
    const executable = await realpath(script ?? `/proc/${codex.pid}/exe`).catch(() => null);
    const thread = await codex.threadStart();
    const pieces = [];
    const turn = await thread.turn("Say hello");
    for await (const piece of turn.textStream()) pieces.push(piece);
    const { status, finalResponse } = await turn.run();
    console.log(JSON.stringify({
      runtime,
      sdk: PROTOCOL_VERSION,
      codex: codex.metadata.version,
      executable,
      status,
      finalResponse,
      pieces,
      asked: scripted.model.requests[0]?.lastUserText(),
    }));
  } finally {
    await codex.close();
  }
} finally {
  await scripted.close();
}
