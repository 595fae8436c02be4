import { existsSync } from "node:fs";
import { chmod, chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { type Deployed, systemPath } from "./find_runs.ts";
import type { Outcome, ProgramRun } from "./run_program.ts";

/** A user that this system has no name and no home for. */
const NOBODY_KNOWN = 12_345;

/** What is run, and what could not be. */
export interface EnvironmentRuns {
  readonly runs: readonly ProgramRun[];
  /** Names, each with the reason. */
  readonly skipped: readonly string[];
}

/**
 * The environments of services and CI: no terminal, no home, homes that cannot be written to, a user without a name.
 * `command` starts a program beside which the runtime is.
 */
export async function environmentRuns(
  command: readonly string[],
  { folder, cwd }: Deployed,
): Promise<EnvironmentRuns> {
  const isRoot = process.getuid?.() === 0;
  const [writable, readOnly] = [join(folder, "state"), join(folder, "read-only")];
  for (const path of [writable, readOnly]) await mkdir(path, { recursive: true });
  await chmod(readOnly, 0o555);
  if (isRoot) await chown(writable, NOBODY_KNOWN, NOBODY_KNOWN);

  const runOf = (user: string, become: readonly string[]) => {
    return (name: string, env: Record<string, string>, expect: Outcome): ProgramRun => ({
      name: `${user}, no terminal, ${name}`,
      command: ["setsid", "--wait", ...become, ...command],
      args: ["--beside", ...("turn" in expect ? ["--command=echo from the sandbox"] : [])],
      cwd,
      env: { PATH: systemPath(), ...env },
      expect,
    });
  };
  const run = isRoot
    ? runOf("a user without a name", [
      ...["setpriv", `--reuid=${NOBODY_KNOWN}`, `--regid=${NOBODY_KNOWN}`, "--clear-groups"],
    ])
    : runOf("this user", []);
  const asRoot = runOf("root", []);
  const turn: Outcome = { turn: true, command: /from the sandbox/ };
  const refused = (says: RegExp): Outcome => ({ code: "transport_closed", says });
  const onlyAsRoot = [
    run("neither HOME nor CODEX_HOME", {}, refused(/[Cc]ould not find home directory/)),
    asRoot("no HOME, a CODEX_HOME", { CODEX_HOME: writable }, turn),
  ];
  const always = [
    run("no HOME, a CODEX_HOME", { CODEX_HOME: writable }, turn),
    run("a HOME to read only, a CODEX_HOME", { HOME: readOnly, CODEX_HOME: writable }, turn),
    run("a HOME that is not there, a CODEX_HOME", {
      HOME: join(folder, "no-home"),
      CODEX_HOME: writable,
    }, turn),
    run("a HOME to read only, no CODEX_HOME", { HOME: readOnly }, refused(/read-only\/\.codex/)),
    run("a CODEX_HOME to read only", { CODEX_HOME: readOnly }, refused(/read-only/)),
    run("a CODEX_HOME that is not there", { CODEX_HOME: join(folder, "gone") }, {
      code: "transport_closed",
      says: /CODEX_HOME points to .*gone.* does not exist/,
    }),
  ];
  return isRoot ? { runs: [...always, ...onlyAsRoot], skipped: [] } : {
    runs: always,
    skipped: onlyAsRoot.map(({ name }) => `${name}: only root can become another user`),
  };
}

/** Whether the programs are here that change user and terminal: those of Linux. */
export function canChangeEnvironment(): boolean {
  return ["setsid", "setpriv"].every((name) => existsSync(`/usr/bin/${name}`));
}
