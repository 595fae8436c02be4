import { bunPath, denoPath } from "../_lib/project.ts";
import { NODE_VERSIONS, type NodeVersion, type Tools } from "./tools.ts";

/** What runs a program, in the order of the table. */
export type Runtime = `Node ${NodeVersion}` | "Bun" | "Deno";

/** Every runtime. */
export const RUNTIMES: readonly Runtime[] = [
  ...NODE_VERSIONS.map((version): Runtime => `Node ${version}`),
  "Bun",
  "Deno",
];

/** The executable of a runtime. */
export function programOf(runtime: Runtime, tools: Tools): string {
  switch (runtime) {
    case "Bun":
      return bunPath();
    case "Deno":
      return denoPath();
    default:
      return tools.node(runtime.slice("Node ".length) as NodeVersion);
  }
}

/** The arguments that run a program of the consumer with all that it may want. */
export function runArguments(runtime: Runtime, file: string): readonly string[] {
  switch (runtime) {
    case "Bun":
      return ["run", file];
    case "Deno":
      return ["run", "-A", "--quiet", file];
    default:
      return [file];
  }
}
