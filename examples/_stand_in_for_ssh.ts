/** A program in place of `ssh` for a run without a second machine: it runs the command here, as a host would. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SshOptions } from "@codex-app-server/sdk/transports/ssh";
import { scriptedModel } from "./_scripted.ts";

/** The stand-in, with the options of `ssh()` that use it. */
export interface StandIn extends AsyncDisposable {
  readonly options: SshOptions;
}

/** Starts the scripted model of an example and writes the stand-in; `undefined` with `--live`. */
export async function standInForSsh(example: string): Promise<StandIn | undefined> {
  const scripted = await scriptedModel(example);
  if (scripted === undefined) return undefined;
  const sshBin = join(scripted.home.path, "ssh");
  await writeFile(sshBin, '#!/bin/sh\nfor last; do :; done\nexec /bin/sh -c "$last"\n', {
    mode: 0o755,
  });
  const { codexHome, cwd, env } = scripted.options;
  return {
    options: {
      sshBin,
      codexBin: fileURLToPath(new URL("../node_modules/.bin/codex", import.meta.url)),
      cwd,
      env: { ...env, CODEX_HOME: codexHome },
    },
    [Symbol.asyncDispose]: () => scripted.close(),
  };
}
