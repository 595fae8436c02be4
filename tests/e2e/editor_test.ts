/** Everything an editor needs in one turn: items, questions, tools, commands and files do not block one another. */
import { join } from "node:path";
import { z } from "zod";
import { type ItemView, tool, type UserRequest } from "../../mod.ts";
import { deltas, functionCall, shellCommand } from "../../testing.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { Recorder } from "../client/tracing/_recorder.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

const Report = z.object({ summary: z.string(), files: z.array(z.string()) });

const patch = [
  "*** Begin Patch",
  "*** Update File: main.ts",
  "-export const answer = 41;",
  "+export const answer = 42;",
  "*** End Patch",
];

/** Describes an item in one line once it has ended. */
async function lineOf(view: ItemView): Promise<string> {
  switch (view.type) {
    case "fileChange":
      return `edited ${(await view.done).changes.map(({ kind }) => kind.type)}`;
    case "commandExecution":
      return `command ${(await view.done).status}`;
    case "dynamicToolCall":
      return `${view.item.tool} ${(await view.done).success}`;
    case "agentMessage": {
      let text = "";
      for await (const piece of view.textStream()) text += piece;
      return text;
    }
    default:
      return (await view.done).type;
  }
}

test("an editor shows items, asks its user, serves a tool that runs a command, watches a folder and gets a value in one turn", async () => {
  const tracing = new Recorder();
  await using session = await ScriptedCodex.start({ tracing });
  const { codex, model, scripted } = session;
  const folder = scripted.home.workspace;
  const file = join(folder, "main.ts");
  await codex.fs.writeText(file, "export const answer = 41;\n");
  const findUses = tool({
    name: "find_uses",
    description: "Where a name is used.",
    input: z.object({ name: z.string().min(1), limit: z.number().default(5) }),
    run: async ({ name, limit }, { signal }) => {
      const grep = codex.exec(["grep", "-rn", name, folder], { signal });
      return (await grep.output()).stdout.split("\n").slice(0, limit);
    },
  });
  const thread = await codex.threadStart({ approvalMode: "ask", tools: [findUses] });
  model.enqueue(
    functionCall("find_uses", { name: "answer" }, { callId: "good" }),
    functionCall("find_uses", { name: "" }, { callId: "bad" }),
  );
  model.enqueue(shellCommand(["apply_patch <<'EOF'", ...patch, "EOF"].join("\n")));
  model.enqueue(shellCommand("git push", { escalate: "to publish it" }));
  model.enqueue(deltas(['{"summary":"fixed",', '"files":["main.ts"]}']));

  const asked: string[] = [];
  const click = (request: UserRequest): void => {
    if (request.kind === "fileChangeApproval") {
      asked.push(`edit ${request.changes?.length}`);
      request.approve();
    } else {
      asked.push(request.kind === "commandApproval" ? `run ${request.script}` : request.kind);
      request.decline();
    }
  };
  const watch = await codex.fs.watch(folder);
  const reloaded = (async () => {
    for await (const { paths } of watch) if (paths.includes(file)) return codex.fs.readText(file);
    return undefined;
  })();
  const lines = await tracing.within("editor", async () => {
    const turn = await thread.turn("Fix the answer.", { output: Report });
    const answering = (async () => {
      for await (const request of turn.requests()) setTimeout(click, 20, request); // a person
    })();
    const shown: Promise<string>[] = [];
    for await (const view of turn.items()) shown.push(lineOf(view));
    await answering;
    assertEquals((await turn.run()).output, { summary: "fixed", files: ["main.ts"] });
    return await Promise.all(shown);
  });
  assertEquals(lines.slice(1).sort(), [
    "command declined",
    "edited update",
    "find_uses false",
    "find_uses true",
    '{"summary":"fixed","files":["main.ts"]}',
  ]);
  assertEquals(asked, ["edit 1", "run git push"]);
  assertEquals(await reloaded, "export const answer = 42;\n");
  const spans = tracing.tree();
  for (const span of ["codex.turn < editor", "codex.request command/exec < codex.tool find_uses"]) {
    assertEquals(spans.filter((line) => line === span).length, 1, spans.join("\n"));
  }
});
