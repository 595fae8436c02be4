import { type Installer, INSTALLERS } from "./installers.ts";
import { type Runtime, RUNTIMES } from "./runtimes.ts";

/** One installer with the runtimes that then use what it installed. */
export interface Row {
  readonly installer: Installer;
  readonly runtimes: readonly Runtime[];
}

/** What is run. */
export interface Plan {
  /** With the runtime's package that everybody uses. */
  readonly published: readonly Row[];
  /** With packages that were staged. */
  readonly staged: readonly Row[];
  /** The conformance suite on the installed package. */
  readonly conformance: readonly Runtime[];
}

/** The whole matrix; or, when it has to be quick, each installer once and each runtime once. */
export function cellsToRun(quick: boolean): Plan {
  if (!quick) {
    const all = INSTALLERS.map((installer): Row => ({ installer, runtimes: fitting(installer) }));
    return { published: all, staged: all, conformance: RUNTIMES };
  }
  return {
    published: [
      { installer: "npm", runtimes: ["Node 20"] },
      { installer: "pnpm", runtimes: ["Node 22"] },
      { installer: "yarn", runtimes: ["Node 24"] },
      { installer: "bun", runtimes: ["Bun"] },
      { installer: "deno cache", runtimes: ["Deno"] },
    ],
    staged: [{ installer: "npm", runtimes: ["Node 20"] }],
    conformance: ["Node 20", "Node 24"],
  };
}

/** What can use what an installer leaves behind. */
function fitting(installer: Installer): readonly Runtime[] {
  switch (installer) {
    case "deno cache":
      return ["Deno"];
    case "yarn pnp":
      return RUNTIMES.filter((runtime) => runtime.startsWith("Node"));
    default:
      return RUNTIMES;
  }
}
