/** Runs of the deployed programs, and their expected outcomes. */
import { existsSync, realpathSync } from "node:fs";
import { chmod, chown, mkdir } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import process from "node:process";
import type { ProgramReport } from "./program.ts";
import { runCommand } from "../../scripts/_lib/command.ts";

/** One run of a deployed program, and its expected outcome. */
export interface ProgramRun {
  readonly name: string;
  readonly command: readonly string[];
  readonly args?: readonly string[];
  readonly cwd: string;
  /** The complete environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly expect: Outcome;
}

/** The expected outcome: a turn, or a typed error. */
export type Outcome =
  | { readonly turn: true; readonly command?: RegExp; readonly executable?: string }
  | { readonly code: string; readonly message: RegExp; readonly messageLacks?: RegExp };

/** Runs the program; returns what is wrong, or `undefined`. */
export async function faultOfRun(run: ProgramRun): Promise<string | undefined> {
  const [program = "", ...first] = run.command;
  const inherited = Object.keys(process.env).map((name) => [name, undefined]);
  const { code, stdout, output, timedOut } = await runCommand(
    pathOf(program),
    [...first, ...run.args ?? []],
    {
      cwd: run.cwd,
      env: { ...Object.fromEntries(inherited), NO_COLOR: undefined, ...run.env },
      timeoutMs: 60_000,
    },
  );
  const tail = output.trim().slice(-2_000);
  if (timedOut) return `it did not end:\n${tail}`;
  if (code !== 0) return `it exited with code ${code}:\n${tail}`;
  const report = lastLine(stdout);
  return report === undefined || !fits(report, run.expect) ? `it printed:\n${tail}` : undefined;
}

function fits(report: ProgramReport, expected: Outcome): boolean {
  if ("turn" in expected) {
    // Only Linux reports the file that a process runs.
    const wanted = process.platform === "linux" ? expected.executable : undefined;
    const { status, finalResponse, executable, command } = report;
    return status === "completed" && finalResponse === "deployed" &&
      (expected.command?.test(command ?? "") ?? true) &&
      (wanted === undefined || executable === wanted);
  }
  const { code, message } = report.error ?? { code: "", message: "" };
  return code === expected.code && expected.message.test(message) &&
    !(expected.messageLacks?.test(message) ?? false);
}

function lastLine(stdout: string): ProgramReport | undefined {
  try {
    return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as ProgramReport;
  } catch {
    return undefined;
  }
}

/** A built program. */
export interface BuiltProgram {
  readonly name: string;
  readonly command: readonly string[];
  /** Whether its modules are embedded, so that there are no packages around it. */
  readonly compiled: boolean;
}

/** The folders of the programs. */
export interface Deployed {
  /** The folder of the programs, with the runtime in `codex/`. */
  readonly folder: string;
  /** An empty working directory. */
  readonly cwd: string;
  /** A writable home. */
  readonly home: string;
}

/** Returns the ways in which a deployed program finds the binary, and the error if it does not. */
export function findRuns({ name, command, compiled }: BuiltProgram, at: Deployed): ProgramRun[] {
  const bin = join(at.folder, "codex", "bin");
  const codex = join(bin, process.platform === "win32" ? "codex.exe" : "codex");
  const env = { HOME: at.home, PATH: systemPath() };
  const expect = { turn: true, executable: realpathSync(codex) } as const;
  const base = { command, cwd: at.cwd, env, expect };
  return [
    {
      ...base,
      name: `${name}: codexBin names the file beside the program`,
      args: ["--beside", "--command=echo from the sandbox"],
      expect: { ...expect, command: /from the sandbox/ },
    },
    { ...base, name: `${name}: CODEX_BIN`, env: { ...env, CODEX_BIN: codex } },
    {
      ...base,
      name: `${name}: codex on the PATH`,
      env: { ...env, PATH: [bin, systemPath()].join(delimiter) },
    },
    {
      ...base,
      name: `${name}: no codex, and an error that lists the places`,
      expect: {
        code: "runtime_not_found",
        message: /CODEX_BIN: not set/,
        // No folder above a compiled program is searched: anybody may own it.
        ...(compiled ? { messageLacks: /node_modules/ } : {}),
      },
    },
  ];
}

const pathFolders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");

/** Returns the PATH without the programs of this project, and without folders that have a Codex. */
function systemPath(): string {
  const hasCodex = (folder: string): boolean =>
    ["codex", "codex.exe"].some((name) => existsSync(join(folder, name)));
  return pathFolders
    .filter((folder) => !/node_modules|\.bun|\.deno/.test(folder) && !hasCodex(folder))
    .join(delimiter);
}

/** Returns the path of a program, which {@linkcode systemPath} may leave out. */
function pathOf(program: string): string {
  return pathFolders.map((folder) => resolve(folder, program)).find(existsSync) ?? program;
}

/** The id of a user without a name or home. */
const UNNAMED_UID = 12_345;

/**
 * The environments of services and CI: no terminal, no home, read-only homes, a user without a name. `command` starts a
 * program next to the runtime.
 */
export async function environmentRuns(
  command: readonly string[],
  { folder, cwd }: Deployed,
): Promise<ProgramRun[]> {
  const isRoot = process.getuid?.() === 0;
  const [writable, readOnly] = [join(folder, "state"), join(folder, "read-only")];
  for (const path of [writable, readOnly]) await mkdir(path, { recursive: true });
  await chmod(readOnly, 0o555);
  if (isRoot) await chown(writable, UNNAMED_UID, UNNAMED_UID);

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
      ...[
        "/usr/bin/setpriv",
        `--reuid=${UNNAMED_UID}`,
        `--regid=${UNNAMED_UID}`,
        "--clear-groups",
      ],
    ])
    : runOf("this user", []);
  const asRoot = runOf("root", []);
  const turn: Outcome = { turn: true, command: /from the sandbox/ };
  const refused = (message: RegExp): Outcome => ({ code: "transport_closed", message });
  const onlyAsRoot = [
    run("neither HOME nor CODEX_HOME", {}, refused(/[Cc]ould not find home directory/)),
    asRoot("no HOME, a CODEX_HOME", { CODEX_HOME: writable }, turn),
  ];
  const always = [
    run("no HOME, a CODEX_HOME", { CODEX_HOME: writable }, turn),
    run("a read-only HOME, a CODEX_HOME", { HOME: readOnly, CODEX_HOME: writable }, turn),
    run("a missing HOME, a CODEX_HOME", {
      HOME: join(folder, "no-home"),
      CODEX_HOME: writable,
    }, turn),
    run("a read-only HOME, no CODEX_HOME", { HOME: readOnly }, refused(/read-only\/\.codex/)),
    run("a read-only CODEX_HOME", { CODEX_HOME: readOnly }, refused(/read-only/)),
    run("a missing CODEX_HOME", { CODEX_HOME: join(folder, "gone") }, {
      code: "transport_closed",
      message: /CODEX_HOME points to .*gone.* does not exist/,
    }),
  ];
  // Only root can switch to another user.
  if (!isRoot) console.log("note: not run as root: no run as another user, or without a home");
  return isRoot ? [...always, ...onlyAsRoot] : always;
}

/** Whether the Linux programs that change user and terminal are installed. */
export function canChangeEnvironment(): boolean {
  return ["setsid", "setpriv"].every((name) => existsSync(`/usr/bin/${name}`));
}
