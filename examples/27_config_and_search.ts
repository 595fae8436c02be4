/**
 * The configuration of the server, and searches: where a setting comes from, a safe write, files and threads.
 *
 *     deno run -A examples/27_config_and_search.ts [--live]
 */
import process from "node:process";
import { Codex, printable } from "@codex-app-server/sdk";
import { ConfigWriteError } from "@codex-app-server/sdk/errors";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("27_config_and_search");
await using codex = await Codex.start({ cwd: process.cwd(), ...scripted?.options });
const { config, origins, layers } = await codex.config.read({ includeLayers: true });
console.log(printable(`Model:    ${config.model} (${origins.model?.name.type ?? "default"})`));
console.log("Layers:  ", layers?.map(({ name }) => name.type).join(", "));
const profiles = await codex.config.permissionProfiles();
console.log("Profiles:", profiles.filter(({ allowed }) => allowed).map(({ id }) => id).join(", "));

// With --live, this would change your own config.toml.
if (scripted !== undefined) {
  const seen = layers?.find(({ name }) => name.type === "user")?.version;
  await setEffort("low", seen); // the file is as it was read
  await setEffort("high", seen); // the first call has changed it
}

async function setEffort(effort: string, expectedVersion: string | undefined): Promise<void> {
  try {
    const settings = { model_reasoning_effort: effort };
    const { status } = await codex.config.write(settings, { expectedVersion });
    console.log(`Write:    ${effort}, ${status}`);
  } catch (error) {
    if (!(error instanceof ConfigWriteError)) throw error;
    console.log(`Write:    ${effort} refused, ${error.reason}`);
  }
}

const folder = scripted?.home.workspace ?? process.cwd();
if (scripted !== undefined) await codex.fs.writeText(`${folder}/orders.md`, "# Orders\n");
for await (const file of codex.search.files("ordermd", { roots: [folder] })) {
  console.log(printable(`File:     ${file.path}`, { oneLine: true }));
}

const thread = await codex.threadStart({ cwd: folder });
await thread.run("Where do we keep the orders?");
for await (const { snippet } of codex.search.threads("orders", { limit: 5 })) {
  console.log(printable(`Thread:   ${snippet}`, { oneLine: true }));
}
