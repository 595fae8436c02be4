/** Makes an npm package with the runtime for one platform: `deno task stage-runtime`. */
import { commandLine, runMain } from "./_lib/command_line.ts";
import { PLATFORM_TAGS } from "./_stage/common.ts";
import { stageRuntime } from "./_stage/stage_runtime.ts";

const { values, positionals: [folder = "", input = ""] } = commandLine({
  help:
    `Makes an npm package with the runtime for one platform, to publish in a registry of your own.

  deno task stage-runtime -- <folder> <input> --codex-version=VERSION --platform-tag=TAG [--runtime-package=NAME] [--force]

  <folder>           a new folder for the package
  <input>            an executable, a package such as node_modules/@openai/codex-linux-x64, a release folder, or an
                     archive of any of them (.tar.gz, .tgz, .zip)
  --codex-version    such as 0.169.0, or rust-v0.169.0; --runtime-version is the same option
  --platform-tag     ${PLATFORM_TAGS.join(", ")}
  --runtime-package  the start of the package's name; defaults to the variable CODEX_RUNTIME_PACKAGE
  --force            replaces <folder> if it holds a package of an earlier run, and nothing else

More: docs/runtime-packages.md.`,
  words: [2, 2],
  required: [["codex-version", "runtime-version"], "platform-tag"],
  options: {
    "codex-version": { type: "string" },
    "runtime-version": { type: "string" },
    "platform-tag": { type: "string" },
    "runtime-package": { type: "string" },
    force: { type: "boolean" },
  },
});

await runMain(async () => {
  const { "codex-version": version, "runtime-version": alias } = values;
  if (version !== undefined && alias !== undefined) {
    throw new TypeError("--codex-version and --runtime-version are the same option: give one");
  }
  const { manifest, note } = await stageRuntime({
    folder,
    input,
    codexVersion: version ?? alias ?? "",
    platformTag: values["platform-tag"] ?? "",
    runtimePackage: values["runtime-package"],
    force: values.force,
  });
  if (note !== undefined) console.log(`Note: ${note}`);
  console.log(`Staged ${manifest.name}@${manifest.version} in ${folder}`);
});
