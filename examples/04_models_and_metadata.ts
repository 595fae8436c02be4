/**
 * Which server is running, and which models it offers.
 *
 *     deno run -A examples/04_models_and_metadata.ts [--live]
 */
import { Codex } from "@codex-app-server/sdk";
import { PROTOCOL_VERSION } from "@codex-app-server/sdk/protocol";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("04_models_and_metadata");
await using codex = await Codex.start(scripted?.options);

const { version, userAgent, codexHome, platformFamily, platformOs } = codex.metadata;
console.log(`Server:   codex ${version} (this SDK was made for ${PROTOCOL_VERSION})`);
console.log(`Agent:    ${userAgent}`);
console.log(`Home:     ${codexHome}`);
console.log(`Platform: ${platformFamily}/${platformOs}, process ${codex.pid}\n`);

const models = await codex.models({ includeHidden: true });
for (const model of models) {
  const efforts = model.supportedReasoningEfforts.map(({ reasoningEffort }) => reasoningEffort);
  const marks = [model.isDefault ? "default" : "", model.hidden ? "hidden" : ""].filter(Boolean);
  console.log(`${model.id.padEnd(24)} ${efforts.join(" ")}  ${marks.join(" ")}`.trimEnd());
}
console.log(`\n${models.length} models, ${models.filter(({ hidden }) => hidden).length} hidden`);
