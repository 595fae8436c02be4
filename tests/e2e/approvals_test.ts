import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  approveReadOnly,
  Codex,
  type CommandApproval,
  declineAll,
  type FileChangeApproval,
  firstOf,
  type TurnResult,
} from "../../mod.ts";
import { RequestSettledError } from "../../errors.ts";
import { tapTransport } from "../../transport.ts";
import type { ThreadItem } from "../../protocol.ts";
import { functionCall, message, ScriptedModel, shellCommand } from "../../testing.ts";
import { stdio } from "../../transports/auto.ts";
import { deferred } from "../../src/util/deferred.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

/** Returns the only item of a kind in a result. */
function item<Type extends ThreadItem["type"]>(
  result: TurnResult,
  type: Type,
): Extract<ThreadItem, { type: Type }> {
  const [found] = result.items.filter((candidate) => candidate.type === type);
  assert(found !== undefined, `there is no ${type}`);
  return found as Extract<ThreadItem, { type: Type }>;
}

/** Returns whether a file exists. */
function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}

/** Returns a command that adds a file to the workspace the way the model does. */
function patch(name: string, text: string): ReturnType<typeof shellCommand> {
  const lines = ["*** Begin Patch", `*** Add File: ${name}`, `+${text}`, "*** End Patch"];
  return shellCommand(["apply_patch <<'EOF'", ...lines, "EOF"].join("\n"));
}

test("an escalated command asks with everything a person needs to see, and runs outside the sandbox when approved [R-37]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted } = session;
  const seen: CommandApproval[] = [];
  const thread = await codex.threadStart({
    onCommandApproval: (approval) => {
      seen.push(approval);
      return "accept";
    },
  });
  assertEquals(thread.settings.approvalsReviewer, "user"); // because of the handler
  const script = "echo approved | tee it.txt";
  model.enqueue(shellCommand(script, { escalate: "to see it" }));
  model.enqueue(message("thanks"));
  const result = await thread.run("write");
  const command = item(result, "commandExecution");
  assertEquals([command.status, command.exitCode, command.aggregatedOutput], [
    "completed",
    0,
    "approved\n",
  ]);
  const path = join(scripted.home.workspace, "it.txt"); // not writable in the sandbox
  assertEquals(await readFile(path, "utf8"), "approved\n");
  const [approval] = seen;
  assertEquals(seen.length, 1);
  assertMatch(String(approval?.command), /^\/\S+sh -l?c 'echo approved \| tee it\.txt'$/);
  assertEquals(approval?.script, script);
  assertEquals([approval?.cwd, approval?.reason, approval?.state], [
    scripted.home.workspace,
    "to see it",
    "answered",
  ]);
  assertEquals([approval?.thread === thread, approval?.turnId, approval?.item?.id], [
    true,
    result.id,
    command.id,
  ]);
  assert(approval?.availableDecisions.includes("accept"));
});

test("a declined escalated command does not run, and a cancelled one ends the turn", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted } = session;
  const thread = await codex.threadStart({ onCommandApproval: (approval) => approval.decline() });
  model.enqueue(shellCommand("echo declined > it.txt", { escalate: "please" }));
  model.enqueue(message("so be it"));
  const declined = await thread.run("write");
  assertEquals([declined.finalResponse, item(declined, "commandExecution").status], [
    "so be it",
    "declined",
  ]);
  model.enqueue(shellCommand("echo cancelled > it.txt", { escalate: "please" }));
  const cancelled = await thread.run("again", {
    onCommandApproval: (approval) => approval.cancel(),
  });
  assertEquals([cancelled.status, item(cancelled, "commandExecution").status], [
    "interrupted",
    "declined",
  ]);
  assert(!await exists(join(scripted.home.workspace, "it.txt")));
});

test("answering an approval after its turn was interrupted throws, and nothing is sent [R-35]", async () => {
  await using scripted = await ScriptedModel.start();
  const { model } = scripted;
  const sent: string[] = [];
  const open = stdio(scripted.options);
  await using codex = await Codex.start({
    connect: async (options) =>
      tapTransport(await open(options), { onSend: (frame) => sent.push(frame) }),
  });
  const thread = await codex.threadStart({ approvalMode: "ask" });
  const requests = thread.requests();
  model.enqueue(shellCommand("echo late", { escalate: "please" }));
  const turn = await thread.turn("write");
  const { value: request } = await requests.next();
  assert(request?.kind === "commandApproval");
  const withdrawn = deferred<void>();
  request.signal.addEventListener("abort", () => withdrawn.resolve());
  await turn.interrupt();
  await withdrawn.promise;
  assertEquals(await request.done, "withdrawn");
  const error = assertThrows(() => request.approve(), RequestSettledError);
  assertEquals(error.state, "withdrawn");
  assertEquals((await turn.run()).status, "interrupted");
  await requests.return();
  model.enqueue(message("still here"));
  assertEquals((await thread.run("next")).finalResponse, "still here");
  assertEquals(sent.filter((frame) => !("method" in JSON.parse(frame))), []); // we sent no reply
});

test("a file is changed when approved, and not when declined", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted } = session;
  const seen: FileChangeApproval[] = [];
  const thread = await codex.threadStart({
    onFileChangeApproval: (approval) => {
      seen.push(approval);
      return approval.changes?.[0]?.path.endsWith("yes.txt") ? "accept" : "decline";
    },
  });
  const pathOf = (name: string): string => join(scripted.home.workspace, name);
  model.enqueue(patch("yes.txt", "approved"));
  model.enqueue(message("done"));
  const approved = await thread.run("write");
  assertEquals(item(approved, "fileChange").status, "completed");
  assertEquals(await readFile(pathOf("yes.txt"), "utf8"), "approved\n");
  model.enqueue(patch("no.txt", "declined"));
  model.enqueue(message("done"));
  const declined = await thread.run("write");
  assertEquals(item(declined, "fileChange").status, "declined");
  assert(!await exists(pathOf("no.txt")));
  assertEquals(
    seen.map(({ changes }) => changes?.map(({ path, kind, diff }) => [path, kind.type, diff])),
    [[[pathOf("yes.txt"), "add", "approved\n"]], [[pathOf("no.txt"), "add", "declined\n"]]],
  );
});

test("approveReadOnly approves a read-only command, but none that does not end or only the server considers read-only [R-34] [R-116]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart({ approvals: firstOf(approveReadOnly, declineAll) });
  const statuses: string[] = [];
  const scripts = [
    "cat /etc/hosts",
    "cat /etc/hosts | xargs -r touch",
    "find . -delete",
    "cat /dev/zero | tail",
    "grep x /dev/zero",
    "cd /dev && cat zero",
    "cat /proc/self/environ",
    "ls //evil.example/share",
    "tail -f log",
  ];
  for (const script of scripts) {
    model.enqueue(shellCommand(script, { escalate: "please" }));
    model.enqueue(message("done"));
    statuses.push(item(await thread.run("go"), "commandExecution").status);
  }
  assertEquals(statuses, ["completed", ...scripts.slice(1).map(() => "declined")]);
});

test("two approvals of one turn stay separate when answered in reverse order [R-38]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart({ approvalMode: "ask" });
  model.enqueue(
    shellCommand("echo one", { escalate: "please" }),
    shellCommand("echo two", { escalate: "please" }),
  );
  model.enqueue(message("done"));
  await using requests = thread.requests();
  const turn = await thread.turn("write");
  const both = [(await requests.next()).value, (await requests.next()).value] as CommandApproval[];
  assertEquals(thread.openRequests(), both);
  for (const request of both.reverse()) {
    if (request.command?.includes("one")) request.approve();
    else request.decline();
  }
  const result = await turn.run();
  const outcome = result.items.flatMap((command) =>
    command.type === "commandExecution"
      ? [[/one|two/.exec(command.command)?.[0], command.status]]
      : []
  );
  assertEquals(outcome.sort(), [["one", "completed"], ["two", "declined"]]);
});

test("a permissions request grants what the answer says, for the turn", async () => {
  await using session = await ScriptedCodex.start({}, {
    features: { request_permissions_tool: true },
  });
  const { codex, model } = session;
  const asked: unknown[] = [];
  const thread = await codex.threadStart({
    onPermissionsApproval: ({ permissions, reason }) => {
      asked.push(reason);
      return { permissions: { network: permissions.network ?? { enabled: null } }, scope: "turn" };
    },
  });
  const permissions = { network: { enabled: true }, file_system: { write: ["/tmp/xx"] } };
  model.enqueue(functionCall("request_permissions", { reason: "need it", permissions }));
  model.enqueue(message("done"));
  await thread.run("go");
  const [, second] = model.requests;
  const output = JSON.stringify(
    second?.inputItems.find(({ type }) => type === "function_call_output"),
  );
  assertMatch(output, /enabled\\":true/);
  assertEquals([asked, /xx/.test(output)], [["need it"], false]);
});

test("a git repository with a writable sandbox becomes a trusted project permanently, as documented where it is chosen [R-57]", async () => {
  // The default. The test kit sets another marker, which makes its own folder the project root.
  const rootToml = 'project_root_markers = [".git"]';
  await using session = await ScriptedCodex.start({}, { rootToml });
  const { codex, scripted } = session;
  // A repository above the temporary folder is another project.
  const isTrusted = async (cwd: string): Promise<boolean> => {
    const config = await readFile(join(scripted.home.path, "config.toml"), "utf8");
    return config.includes(`[projects.${JSON.stringify(cwd)}]\ntrust_level = "trusted"`);
  };
  const makeRepository = async (cwd: string): Promise<void> => {
    await mkdir(join(cwd, ".git"), { recursive: true });
    await writeFile(join(cwd, ".git", "HEAD"), "ref: refs/heads/main\n");
  };
  const cwd = scripted.home.workspace;
  await codex.threadStart({ cwd, sandbox: "workspace" });
  assert(!await isTrusted(cwd), "it is no repository");
  await makeRepository(cwd);
  await codex.threadStart({ cwd, sandbox: "readOnly" });
  assert(!await isTrusted(cwd), "nothing can be written");
  await codex.threadStart({ cwd, sandbox: "workspace" });
  assert(await isTrusted(cwd));
  // A sandbox of the configuration does the same.
  const other = join(cwd, "other");
  await makeRepository(other);
  await codex.threadStart({ cwd: other, config: { sandbox_mode: "read-only" } });
  assert(!await isTrusted(other), "nothing can be written");
  await codex.threadStart({ cwd: other, config: { sandbox_mode: "workspace-write" } });
  assert(await isTrusted(other));
  const places = [
    "../../src/client/presets.ts",
    "../../src/client/threads/thread_options.ts",
    "../../docs/approvals.md",
  ];
  for (const place of places) {
    assertMatch(await readFile(new URL(place, import.meta.url), "utf8"), /trusted[\s*]+project/);
  }
});
