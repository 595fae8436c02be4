/**
 * A question about an image in memory.
 *
 *     deno run -A examples/07_image_and_text.ts [--live]
 */
import { Codex, image, printable, Sandbox, text } from "@codex-app-server/sdk";
import { picture } from "./_picture.ts";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("07_image_and_text");
await using codex = await Codex.start(scripted?.options);
const thread = await codex.threadStart({ sandbox: Sandbox.readOnly });

// image() takes bytes, a Blob or a data: URL; the server fetches nothing.
const { finalResponse } = await thread.run([text("What is in this picture?"), image(picture)]);
console.log(printable(`Answer: ${finalResponse}`));

if (scripted !== undefined) {
  const [sent = ""] = scripted.model.requests[0]?.images() ?? [];
  console.log(`The model got ${sent.slice(0, 22)}... (${sent.length} characters)`);
}
