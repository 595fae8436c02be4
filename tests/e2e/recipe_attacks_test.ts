/** What an agent may try against the policies that the documents offer. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type ApprovalPolicy, approveReadOnly, declineAll, firstOf } from "../../mod.ts";
import { message, shellCommand } from "../../testing.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ENDLESS, MORE } from "../client/requests/_scripts.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

/** The policy of docs/approvals.md. */
const approveNotes: ApprovalPolicy = (request) => {
  if (request.kind !== "fileChangeApproval") return undefined;
  const { paths, cwd } = request;
  return paths?.every((path) => path.startsWith(`${cwd}/notes/`)) ? "accept" : undefined;
};

const isThere = (path: string): Promise<boolean> => stat(path).then(() => true, () => false);

/** Writes a program where the agent may, then asks to run it outside the sandbox. */
const WRITE = `printf 'touch "$OUT"\\n' > test.sh`;

test("the policy of docs/approvals.md lets no script run that the agent has written [R-114]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted } = session;
  const out = join(scripted.home.path, "out"); // outside of the sandbox
  const thread = await codex.threadStart({
    sandbox: "workspace",
    approvals: firstOf(approveReadOnly, approveNotes, declineAll),
  });
  const attacks = [
    WRITE,
    `OUT=${out} sh test.sh`,
    `cat test.sh | OUT=${out} sh`,
    "npm test",
    `find . -name test.sh -exec sh {} ${out} +`,
    `rg --pre ./test.sh x .`,
    `cat test.sh > ${out}`,
    `cp test.sh ${out}`,
  ];
  const statuses: (string | undefined)[] = [];
  for (const [index, script] of attacks.entries()) {
    model.enqueue(shellCommand(script, index === 0 ? {} : { escalate: "please" }));
    model.enqueue(message("done"));
    const { items } = await thread.run("go");
    const command = items.find(({ type }) => type === "commandExecution");
    statuses.push(command?.type === "commandExecution" ? command.status : undefined);
  }
  assertEquals(statuses, ["completed", ...attacks.slice(1).map(() => "declined")]);
  assert((await readFile(join(scripted.home.workspace, "test.sh"), "utf8")).includes("touch"));
  assert(!await isThere(out));
});

test("the policy of the review bot holds because its agent cannot write the test command [R-114]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted } = session;
  const { workspace } = scripted.home;
  const approveTests: ApprovalPolicy = (request) =>
    request.kind === "commandApproval" && request.script === "sh test.sh" &&
      request.cwd === workspace
      ? "accept"
      : undefined;
  const thread = await codex.threadStart({
    sandbox: "readOnly",
    approvals: firstOf(approveReadOnly, approveTests, declineAll),
  });
  const add = ["*** Begin Patch", "*** Add File: test.sh", "+echo evil", "*** End Patch"];
  const attacks = [
    shellCommand(WRITE),
    shellCommand(WRITE, { escalate: "please" }),
    shellCommand(["apply_patch <<'EOF'", ...add, "EOF"].join("\n")),
    shellCommand("sh test.sh; touch out", { escalate: "please" }),
    shellCommand("sh test.sh", { escalate: "please" }), // approved, and there is nothing to run
  ];
  for (const attack of attacks) {
    model.enqueue(attack);
    model.enqueue(message("done"));
    await thread.run("go");
  }
  assert(!await isThere(join(workspace, "test.sh")));
  assert(!await isThere(join(workspace, "out")));
});

test("approveReadOnly accepts none of the hostile command lines as the server shows them [R-114] [R-116]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const scripts = [...ENDLESS, ...MORE];
  const accepted: (string | null)[] = [];
  let asked = 0;
  const thread = await codex.threadStart({
    cwd: "/usr", // some lines leave it for `/dev`
    approvals: (request) => { // declines in any case: nothing runs
      if (request.kind !== "commandApproval") return undefined;
      asked++;
      if (approveReadOnly(request) !== undefined) accepted.push(request.command);
      return "decline";
    },
  });
  model.enqueue(
    ...scripts.map((script, index) =>
      shellCommand(script, { escalate: "please", callId: `call-${index}` })
    ),
  );
  model.enqueue(message("done"));
  const { items } = await thread.run("go");
  assertEquals([accepted, asked], [[], scripts.length]);
  const ran = items.filter((item) =>
    item.type === "commandExecution" && item.status !== "declined"
  );
  assertEquals(ran, []);
});
