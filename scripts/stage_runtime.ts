/**
 * Makes an npm package with the runtime for one platform, for those who ship it from a registry of their own.
 *
 *     deno task stage-runtime -- <dir> <executable or package dir> --codex-version=V --platform-tag=linux-x64
 *       [--runtime-package=NAME]
 *
 * CODEX_RUNTIME_PACKAGE=NAME does the same as the option.
 */
import { stageCommand } from "./_stage/stage_command.ts";
import { stageRuntime } from "./_stage/stage_runtime.ts";

await stageCommand({
  usage:
    "<dir> <executable or package dir> --codex-version V --platform-tag TAG [--runtime-package NAME]",
  places: 2,
  required: ["codex-version", "platform-tag"],
  optional: ["runtime-package"],
  async run([folder = "", input = ""], values): Promise<string> {
    const { manifest, note } = await stageRuntime({
      folder,
      input,
      codexVersion: values["codex-version"] ?? "",
      platformTag: values["platform-tag"] ?? "",
      runtimePackage: values["runtime-package"],
    });
    if (note !== undefined) console.log(`Note: ${note}`);
    return `${manifest.name}@${manifest.version} in ${folder}`;
  },
});
