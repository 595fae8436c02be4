/**
 * Builds the npm package of the SDK for the runtime of its own version: OpenAI's, or packages of your own.
 *
 *     deno task stage-sdk -- <dir> --runtime-version=V [--runtime-package=NAME] [--platform-tags=linux-x64,...]
 *       [--builder=dnt|tsc]
 *
 * CODEX_RUNTIME_PACKAGE=NAME does the same as the option.
 */
import { stageCommand } from "./_stage/stage_command.ts";
import { StageError } from "./_stage/stage_error.ts";
import { stageSdk } from "./_stage/stage_sdk.ts";

await stageCommand({
  usage:
    "<dir> --runtime-version V [--runtime-package NAME] [--platform-tags TAG,TAG] [--builder dnt|tsc]",
  places: 1,
  required: ["runtime-version"],
  optional: ["runtime-package", "platform-tags", "builder"],
  async run([folder = ""], values): Promise<string> {
    const builder = values["builder"];
    if (builder !== undefined && builder !== "dnt" && builder !== "tsc") {
      throw new StageError(`Unknown builder ${JSON.stringify(builder)}: dnt or tsc`);
    }
    const { name, version, dependencies, optionalDependencies } = await stageSdk({
      folder,
      runtimeVersion: values["runtime-version"] ?? "",
      runtimePackage: values["runtime-package"],
      platformTags: values["platform-tags"]?.split(","),
      builder,
      log: (line) => console.log(line),
    });
    const runtimes = Object.keys({ ...dependencies, ...optionalDependencies });
    return `${name}@${version} in ${folder}, with ${runtimes.join(", ")}`;
  },
});
