/** Builds the npm package of the SDK for custom runtime packages: `deno task stage-sdk`. */
import { commandLine, runMain } from "./_lib/command_line.ts";
import { stageSdk } from "./_stage/stage_sdk.ts";

const { values, positionals: [folder = ""] } = commandLine({
  help:
    `Builds the npm package of the SDK for the runtime of its own version: OpenAI's, or your own packages.

  deno task stage-sdk -- <folder> --runtime-version=VERSION [--runtime-package=NAME] [--platform-tags=TAG,TAG]

  <folder>           a new folder for the package
  --runtime-version  the version of Codex that the SDK is made for; any other is refused
  --runtime-package  the start of your packages' names; defaults to the variable CODEX_RUNTIME_PACKAGE
  --platform-tags    the platforms that you have packages for; defaults to all six

More: docs/runtime-packages.md.`,
  words: [1, 1],
  required: ["runtime-version"],
  options: {
    "runtime-version": { type: "string" },
    "runtime-package": { type: "string" },
    "platform-tags": { type: "string" },
  },
});

await runMain(async () => {
  const { name, version, dependencies, optionalDependencies = {} } = await stageSdk({
    folder,
    runtimeVersion: values["runtime-version"] ?? "",
    runtimePackage: values["runtime-package"],
    platformTags: values["platform-tags"]?.split(","),
  });
  const runtimes = Object.keys({ ...dependencies, ...optionalDependencies });
  console.log(`Staged ${name}@${version} in ${folder}, with ${runtimes.join(", ")}`);
});
