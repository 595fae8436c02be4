/** Each setting of docs/configure.md on the real binary: what the model is sent, or what a command can do. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  Codex,
  type ThreadStartOptions,
  TransportClosedError,
  type TurnOptions,
} from "../../mod.ts";
import { ThreadNotMaterializedError } from "../../errors.ts";
import { message, type RecordedRequest, shellCommand } from "../../testing.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

interface ModelRequest {
  readonly reasoning?: { readonly effort?: string; readonly summary?: string };
  readonly text?: { readonly verbosity?: string };
  readonly tools: readonly { readonly type: string; readonly external_web_access?: boolean }[];
}

/** Runs a turn of a new thread, and returns the request that the model got. */
async function requestOf(
  { codex, model }: ScriptedCodex,
  options: ThreadStartOptions,
  turn: TurnOptions = {},
): Promise<RecordedRequest> {
  model.enqueue(message("done"));
  const thread = await codex.threadStart(options);
  await thread.run("go", turn);
  const request = model.requests.at(-1);
  assert(request !== undefined);
  return request;
}

const bodyOf = (request: RecordedRequest | undefined): ModelRequest =>
  request?.body as ModelRequest;

test("a thread has its model and effort, which a turn changes for the turns after it", async () => {
  await using host = await ScriptedCodex.start();
  const { codex, model } = host;
  const config = { model_reasoning_effort: "low" };
  const thread = await codex.threadStart({ model: "gpt-5", config });
  const unchecked = { model: "gpt-0", effort: "endless" }; // sent to the provider as they are
  for (const options of [{}, { effort: "high", summary: "concise" }, {}, unchecked] as const) {
    model.enqueue(message("done"));
    await thread.run("go", options);
  }
  const models = model.requests.map((request) => request.model);
  assertEquals(models, ["gpt-5", "gpt-5", "gpt-5", "gpt-0"]);
  const efforts = model.requests.map((request) => bodyOf(request).reasoning?.effort);
  assertEquals(efforts, ["low", "high", "high", "endless"]);
  assertEquals(bodyOf(model.requests[1]).reasoning?.summary, "concise");
});

test("developer instructions come in addition to those of Codex, base instructions in their place", async () => {
  await using host = await ScriptedCodex.start();
  const added = (await requestOf(host, { developerInstructions: "Answer in French." }))
    .developerTexts();
  assertStringIncludes(added[0] ?? "", "coding agent");
  assert(added.some((text) => text.includes("Answer in French.")), "added");
  const replaced = (await requestOf(host, { baseInstructions: "You are a poet." }))
    .developerTexts();
  assertEquals(replaced[0], "You are a poet.");
});

test("a thread's commands get the network and more folders, and the sandbox of a turn can take the network away", async () => {
  await using host = await ScriptedCodex.start();
  const { codex, model, scripted } = host;
  const extra = join(scripted.home.workspace, "..", "extra");
  await mkdir(extra);
  const thread = await codex.threadStart({
    sandbox: {
      type: "workspaceWrite",
      networkAccess: true,
      writableRoots: [extra],
      // Else the folder, which is a temporary one, would be writable anyway.
      excludeSlashTmp: true,
      excludeTmpdirEnvVar: true,
    },
  });
  const outputs: string[] = [];
  const offline = { type: "workspaceWrite", networkAccess: false } as const;
  for (const options of [{}, { sandbox: "workspace" }, { sandbox: offline }] as const) {
    // A refused connection shows that there is a network.
    model.enqueue(shellCommand(
      `touch '${extra}/file' && echo written; node -e 'fetch("${scripted.model.url}/x").then(() => console.log("network"), () => console.log("none"))'`,
    )).enqueue(message("done"));
    const { items } = await thread.run("go", options);
    outputs.push(
      ...items.flatMap((item) =>
        item.type === "commandExecution" ? [String(item.aggregatedOutput)] : []
      ),
    );
  }
  assertEquals(outputs, ["written\nnetwork\n", "written\nnetwork\n", "written\nnone\n"]);
});

test("web search is live, cached or absent", async () => {
  await using host = await ScriptedCodex.start();
  const access: unknown[] = [];
  for (const web_search of ["live", "cached", "disabled"]) {
    const { tools } = bodyOf(await requestOf(host, { model: "gpt-5", config: { web_search } }));
    access.push(tools.find(({ type }) => type === "web_search")?.external_web_access);
  }
  assertEquals(access, [true, false, undefined]);
});

test("an ephemeral thread is in no list and cannot be resumed", async () => {
  await using host = await ScriptedCodex.start();
  const { codex, model } = host;
  model.enqueue(message("kept")).enqueue(message("not kept"));
  const kept = await codex.threadStart();
  await kept.run("go");
  const thread = await codex.threadStart({ ephemeral: true });
  await thread.run("go");
  assertEquals((await codex.threadList()).data.map(({ id }) => id), [kept.id]);
  await assertRejects(() => codex.threadResume(thread.id), ThreadNotMaterializedError);
});

test("a personality is a setting of the thread", async () => {
  await using host = await ScriptedCodex.start();
  const { codex, model } = host;
  const thread = await codex.threadStart({ personality: "friendly" });
  const settings = new Promise((resolve) => {
    codex.on(
      "thread/settings/updated",
      ({ threadSettings }) => resolve(threadSettings.personality),
    );
  });
  model.enqueue(message("done"));
  await thread.run("go", { personality: "pragmatic" });
  assertEquals(await settings, "pragmatic");
});

test("the config of a thread wins over the overrides of the client, and those over config.toml", async () => {
  const rootToml = 'model_reasoning_effort = "low"\nmodel_verbosity = "low"';
  const configOverrides = { model_reasoning_effort: "medium" };
  await using host = await ScriptedCodex.start({ configOverrides }, { rootToml, model: "gpt-5" });
  const efforts: unknown[] = [];
  for (const config of [{}, { model_reasoning_effort: "high" }]) {
    efforts.push(bodyOf(await requestOf(host, { config })).reasoning?.effort);
  }
  assertEquals(efforts, ["medium", "high"]);
  const { config } = await host.codex.request("config/read", {});
  assertEquals([config.model_reasoning_effort, config.model_verbosity], ["medium", "low"]);
});

test("a resumed thread keeps its model, effort and instructions, and needs other config again", async () => {
  await using host = await ScriptedCodex.start();
  const { model, scripted } = host;
  const config = { web_search: "live", model_reasoning_effort: "low" };
  await requestOf(host, { model: "gpt-5", developerInstructions: "Answer in French.", config });
  await host.codex.close();
  await using codex = await Codex.start(scripted.options);
  const found: unknown[] = [];
  for (const options of [{}, { config: { web_search: "live" } }]) {
    const [stored] = (await codex.threadList()).data;
    model.enqueue(message("done"));
    const thread = await codex.threadResume(stored?.id ?? "", options);
    await thread.run("go on");
    const request = model.requests.at(-1);
    const { reasoning, tools } = bodyOf(request);
    const search = tools.find(({ type }) => type === "web_search")?.external_web_access;
    found.push([request?.model, reasoning?.effort, search]);
    assert(request?.developerTexts().some((text) => text.includes("Answer in French.")));
    await thread.close();
  }
  assertEquals(found, [["gpt-5", "low", false], ["gpt-5", "low", true]]); // "cached" is the default
});

test("the server ends at once when it is given a profile, and says so", async () => {
  const start = () => ScriptedCodex.start({ configOverrides: { profile: "quick" } });
  await assertRejects(start, TransportClosedError, "profile");
});
