import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { loopbackEnv } from "../../src/testing/loopback.ts";

/** What a program finds in its environment; `undefined` unsets what it would inherit. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of a user with nothing but a home: none of the project's programs on the PATH, no settings of the
 * package manager that runs the matrix, and no `CODEX_...`. The registry of the matrix is reached without a proxy.
 */
export function cleanEnvironment(home: string, ...programs: string[]): Environment {
  const system = (process.env["PATH"] ?? "").split(delimiter)
    .filter((folder) => folder !== "" && !folder.includes("node_modules"));
  const cleared = Object.keys(process.env).filter((name) => {
    return /^(?:npm_|codex|openai|deno|bun|yarn|pnpm|node_|xdg_)/i.test(name);
  });
  return {
    ...Object.fromEntries(cleared.map((name) => [name, undefined])),
    ...loopbackEnv(),
    HOME: home,
    TMPDIR: home,
    TEMP: home,
    TMP: home,
    // Yarn Classic keeps root's elsewhere.
    YARN_CACHE_FOLDER: join(home, "yarn"),
    USERPROFILE: home,
    LOCALAPPDATA: home,
    APPDATA: home,
    PATH: [...programs.map((program) => dirname(program)), ...system].join(delimiter),
  };
}
