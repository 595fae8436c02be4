/** Fills a folder with the databases that the binary creates in a new home, without a thread in them. */
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { Codex } from "../../../mod.ts";
import { message, ScriptedModel } from "../../../testing.ts";

const folder = process.argv[2] ?? "";
await using scripted = await ScriptedModel.start();
const codex = await Codex.start(scripted.options);
scripted.model.enqueue(message("done"));
const thread = await codex.threadStart();
await thread.run("Write to every database");
await codex.threadDelete(thread.id);
await codex.close();
for (const name of await readdir(scripted.home.path)) {
  if (!name.endsWith(".sqlite")) continue;
  const database = new DatabaseSync(join(scripted.home.path, name));
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
  await copyFile(join(scripted.home.path, name), join(folder, name));
}
