/** A program in place of `ssh`: what it is told to run runs on this machine, in an empty environment. */
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Writes the program to a folder and returns its path. It notes its arguments in `args`, one a line. */
export async function fakeSsh(folder: string, shell: string = "/bin/sh"): Promise<string> {
  const path = join(folder, "ssh");
  const script = `#!/bin/sh
for last; do echo "$last"; done >"${folder}/args"
cd "${folder}" && exec env -i PATH="$PATH" HOME="${folder}" ${shell} -c "$last"
`;
  await writeFile(path, script);
  await chmod(path, 0o755);
  return path;
}
