/** What an agent may try against a handler that approves file changes by their paths. */
import { mkdir, readdir, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Codex, type FileChangeApproval, type TurnResult } from "../../mod.ts";
import { tapTransport } from "../../transport.ts";
import { message, ScriptedModel, shellCommand } from "../../testing.ts";
import { stdio } from "../../transports/auto.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

/** A patch in the way the model makes one. */
function patch(...lines: readonly string[]): ReturnType<typeof shellCommand> {
  const all = ["*** Begin Patch", ...lines, "*** End Patch"];
  return shellCommand(["apply_patch <<'EOF'", ...all, "EOF"].join("\n"));
}

function statusOf(result: TurnResult): string | undefined {
  const change = result.items.find(({ type }) => type === "fileChange");
  return change?.type === "fileChange" ? change.status : undefined;
}

/** The handler that docs/approvals.md offers. */
const onlyNotes = ({ paths, cwd }: FileChangeApproval): "accept" | "decline" =>
  paths?.every((path) => path.startsWith(`${cwd}/notes/`)) ? "accept" : "decline";

/** A workspace with notes, a program beside them, and links between the two. */
async function prepare(workspace: string): Promise<void> {
  const notes = join(workspace, "notes");
  await mkdir(notes);
  await writeFile(join(workspace, "run.sh"), "echo hi\n");
  await writeFile(join(notes, "a.md"), "old\n");
  await symlink("../run.sh", join(notes, "x.md"));
  await symlink("../new.sh", join(notes, "dangling.md"));
  await symlink("..", join(notes, "up"));
}

test("a handler that goes by the paths of a patch sees moves and links, and the example of the docs lets none pass [R-112] [R-114]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted } = session;
  const { workspace } = scripted.home;
  await prepare(workspace);
  const real = await realpath(workspace);
  const seen: (readonly string[] | null)[] = [];
  const thread = await codex.threadStart({
    sandbox: "readOnly",
    onFileChangeApproval: (approval) => {
      assertEquals(approval.cwd, real);
      assertEquals(approval.toJSON().paths, approval.paths);
      seen.push(approval.paths?.map((path) => path.slice(real.length + 1)) ?? null);
      return onlyNotes(approval);
    },
  });
  const attacks: readonly (readonly [lines: string[], touched: string[]])[] = [
    [
      ["*** Update File: notes/a.md", "*** Move to: evil.sh", "@@", "-old", "+echo evil"],
      ["notes/a.md", "evil.sh"],
    ],
    [
      ["*** Update File: notes/x.md", "@@", "-echo hi", "+echo evil"],
      ["notes/x.md", "run.sh"],
    ],
    [["*** Add File: notes/dangling.md", "+echo evil"], ["notes/dangling.md", "new.sh"]],
    [["*** Add File: notes/up/evil.md", "+evil"], ["evil.md"]],
    [["*** Add File: notes/../evil.md", "+evil"], ["evil.md"]],
    [
      ["*** Add File: notes/b.md", "+fine", "*** Add File: evil.sh", "+echo evil"],
      ["notes/b.md", "evil.sh"],
    ],
    [["*** Delete File: run.sh"], ["run.sh"]],
  ];
  for (const [lines, touched] of attacks) {
    model.enqueue(patch(...lines));
    model.enqueue(message("done"));
    assertEquals(statusOf(await thread.run("go")), "declined", lines[0]);
    assertEquals(seen.pop()?.toSorted(), touched.toSorted(), lines[0]);
  }
  const files = async (): Promise<string[]> => (await readdir(workspace)).toSorted();
  assertEquals(await files(), ["notes", "run.sh"]);
  assertEquals(await readFile(join(workspace, "run.sh"), "utf8"), "echo hi\n");
  model.enqueue(patch("*** Update File: notes/a.md", "@@", "-old", "+new"));
  model.enqueue(message("done"));
  assertEquals(statusOf(await thread.run("go")), "completed");
  assertEquals(seen, [["notes/a.md"]]);
});

test("a transport that cannot read links leaves the paths unknown, and the example of the docs declines [R-112]", async () => {
  await using scripted = await ScriptedModel.start();
  const { model } = scripted;
  await prepare(scripted.home.workspace);
  const open = stdio(scripted.options);
  await using codex = await Codex.start({
    connect: async (options) => {
      const { files, ...elsewhere } = tapTransport(await open(options), {});
      assert(files !== undefined);
      return elsewhere;
    },
  });
  const seen: unknown[] = [];
  const thread = await codex.threadStart({
    sandbox: "readOnly",
    onFileChangeApproval: (approval) => {
      seen.push(approval.paths, approval.cwd, approval.changes?.length);
      return onlyNotes(approval);
    },
  });
  model.enqueue(patch("*** Update File: notes/a.md", "@@", "-old", "+new"));
  model.enqueue(message("done"));
  assertEquals(statusOf(await thread.run("go")), "declined");
  assertEquals(seen, [null, null, 1]);
});
