/** The runtimes, and the programs that benchmarks start with them. */
import { spawn } from "node:child_process";
import process from "node:process";
import { bunPath, denoPath } from "../../scripts/_lib/project.ts";

const host = globalThis as {
  readonly Deno?: { readonly version: { readonly deno: string } };
  readonly Bun?: { readonly version: string };
};

/** A program and its first arguments. */
export type Command = readonly [program: string, ...args: string[]];

/** How each runtime runs a file of the project. */
export const COMMANDS: Readonly<Record<"Deno" | "Bun" | "Node", Command>> = {
  Deno: [denoPath(), "run", "-A"],
  Bun: [bunPath()],
  Node: ["node", "--import", "tsx"],
};

/** Returns the name and version of this runtime. */
export function runtimeName(): string {
  if (host.Deno !== undefined) return `Deno ${host.Deno.version.deno}`;
  if (host.Bun !== undefined) return `Bun ${host.Bun.version}`;
  return `Node ${process.version.slice(1)}`;
}

/** How this runtime runs a file: of TypeScript, or one that is JavaScript already. */
export function thisRuntime(language: "ts" | "js"): Command {
  if (host.Deno !== undefined) return COMMANDS.Deno;
  if (host.Bun !== undefined) return COMMANDS.Bun;
  return language === "ts" ? COMMANDS.Node : ["node"];
}

/** Runs a program and parses the JSON that it prints. */
export function jsonOf<T>([program, ...args]: Command, cwd?: string): Promise<T> {
  const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => text += chunk);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(JSON.parse(text) as T);
      else reject(new Error(`${program} ${args.join(" ")} exited with code ${code}`));
    });
  });
}
