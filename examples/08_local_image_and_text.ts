/**
 * A question about an image file, which the server reads.
 *
 *     deno run -A examples/08_local_image_and_text.ts [--live]
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Codex, localImage, printable, Sandbox } from "@codex-app-server/sdk";
import { picture } from "./_picture.ts";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("08_local_image_and_text");
await using codex = await Codex.start(scripted?.options);
const thread = await codex.threadStart({ sandbox: Sandbox.readOnly });

const folder = await mkdtemp(join(tmpdir(), "codex-picture-"));
try {
  const path = join(folder, "picture.png");
  await writeFile(path, picture);
  // A plain string is the same as text("...").
  const { finalResponse } = await thread.run(["Which colours are in it?", localImage(path)]);
  console.log(printable(`Answer: ${finalResponse}`));
} finally {
  await rm(folder, { recursive: true });
}

if (scripted !== undefined) {
  const [sent = ""] = scripted.model.requests[0]?.images() ?? [];
  console.log(`The model got ${sent.slice(0, 22)}... (${sent.length} characters)`);
}
