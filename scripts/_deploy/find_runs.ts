import { realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import type { ProgramRun } from "./run_program.ts";

/** A program that was built. */
export interface BuiltProgram {
  readonly name: string;
  readonly command: readonly string[];
  /** Whether its modules are in the executable, so that there are no packages around it. */
  readonly compiled: boolean;
}

/** Where the programs were put. */
export interface Deployed {
  /** The folder of the programs, with the runtime in `codex/`. */
  readonly folder: string;
  /** An empty folder to be in. */
  readonly cwd: string;
  /** A home to write to. */
  readonly home: string;
}

/** The ways in which a deployed program finds the binary, and what it says when it does not. */
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
      name: `${name}: no codex, and an error that tells the places`,
      expect: {
        code: "runtime_not_found",
        says: /CODEX_BIN: not set/,
        // No folder above a compiled program is searched: it may be anybody's.
        ...(compiled ? { saysNot: /node_modules/ } : {}),
      },
    },
  ];
}

/** Folders of the system, without the programs of this project. */
export function systemPath(): string {
  return (process.env["PATH"] ?? "").split(delimiter)
    .filter((folder) => folder !== "" && !/node_modules|\.bun|\.deno/.test(folder))
    .join(delimiter);
}
