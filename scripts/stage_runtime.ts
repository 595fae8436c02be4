/** Makes an npm package with the runtime for one platform: `deno task stage-runtime`. `--help` tells more. */
import { commandLine } from "./_lib/command_line.ts";
import { PLATFORM_TAGS } from "./_stage/platform_tag.ts";
import { stageCommand } from "./_stage/stage_command.ts";
import { stageRuntime } from "./_stage/stage_runtime.ts";

const help =
  `Makes an npm package with the runtime for one platform, for those who ship it from a registry of their own.

  deno task stage-runtime -- <folder> <input> --codex-version=VERSION --platform-tag=TAG [--runtime-package=NAME]

  <folder>           a new folder for the package
  <input>            an executable, a package such as node_modules/@openai/codex-linux-x64, or an unpacked release
  --codex-version    such as 0.169.0, or rust-v0.169.0
  --platform-tag     ${PLATFORM_TAGS.join(", ")}
  --runtime-package  what the package's name begins with; the variable CODEX_RUNTIME_PACKAGE does the same

More: docs/runtime-packages.md.`;

const { values, positionals: [folder = "", input = ""] } = commandLine({
  help,
  words: [2, 2],
  required: ["codex-version", "platform-tag"],
  options: {
    "codex-version": { type: "string" },
    "platform-tag": { type: "string" },
    "runtime-package": { type: "string" },
  },
});

await stageCommand(async () => {
  const { manifest, note } = await stageRuntime({
    folder,
    input,
    codexVersion: values["codex-version"] ?? "",
    platformTag: values["platform-tag"] ?? "",
    runtimePackage: values["runtime-package"],
  });
  if (note !== undefined) console.log(`Note: ${note}`);
  return `${manifest.name}@${manifest.version} in ${folder}`;
});
