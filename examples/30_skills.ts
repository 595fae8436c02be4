/**
 * Skills: which there are, and one that a turn uses by its name.
 *
 *     deno run -A examples/30_skills.ts [--live]
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Codex, printable } from "@codex-app-server/sdk";
import { scriptedModel } from "./_scripted.ts";

// Usually, skills are in .agents/skills of a project or in skills/ of Codex's home. This is a folder of the program.
const folder = await mkdtemp(join(tmpdir(), "skills-"));
await mkdir(join(folder, "release-notes"));
await writeFile(
  join(folder, "release-notes", "SKILL.md"),
  "---\nname: release-notes\ndescription: How we write release notes.\n---\n" +
    "Write one line for each change. Begin it with a verb.\n",
);
try {
  await useSkill();
} finally {
  await rm(folder, { recursive: true });
}

async function useSkill(): Promise<void> {
  await using scripted = await scriptedModel("30_skills");
  await using codex = await Codex.start(scripted?.options);
  await codex.skills.setExtraRoots([folder]);
  const { skills, errors } = await codex.skills.list();
  for (const { name, description, enabled } of skills) {
    console.log(printable(`Skill:  ${name} (${enabled ? "on" : "off"}): ${description}`));
  }
  for (const { path, message } of errors) console.log(printable(`Broken: ${path}: ${message}`));

  const thread = await codex.threadStart();
  const notes = await codex.skills.get("release-notes");
  const { finalResponse } = await thread.run(["We fixed the login and the search.", notes]);
  console.log(printable(`Answer: ${finalResponse}`));
}
