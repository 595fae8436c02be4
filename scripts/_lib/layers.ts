import { type Edge, pathTo, staticReach } from "./module_graph.ts";

/**
 * Who may import whom, beyond its own layer: the table of `docs/architecture.md` as data. A `type` prefix allows types
 * alone; a path allows that file alone.
 */
const mayImport: Record<string, readonly string[]> = {
  util: [],
  errors: ["util", "type src/transport/transport.ts"],
  generated: [],
  schema: ["util", "errors"],
  framing: ["util", "errors"],
  transport: ["framing", "util", "errors"],
  config: ["util", "errors"],
  process: ["config", "transport", "framing", "util", "errors"],
  rpc: ["type src/transport/transport.ts", "util", "errors"],
  protocol: ["rpc", "generated", "type src/transport/transport.ts", "util", "errors"],
  client: [
    "protocol",
    "schema",
    "type generated",
    "type src/transport/transport.ts",
    "util",
    "errors",
  ],
  transports: ["process", "transport", "util", "errors", "node:"],
  // The composition root: joins the client to a transport, which it reaches through `auto.ts` alone.
  root: [
    "client",
    "protocol",
    "generated",
    "rpc",
    "transport",
    "util",
    "errors",
    "type config",
    "type process",
    "transports/auto.ts",
  ],
  // The test kit starts servers and writes files, as its users' tests do.
  testing: [
    "type client",
    "protocol",
    "type generated",
    "rpc",
    "transport",
    "framing",
    "util",
    "errors",
    "node:",
  ],
  entry: [
    "root",
    "client",
    "schema",
    "protocol",
    "generated",
    "rpc",
    "transport",
    "type config",
    "type process",
    "testing",
    "util",
    "errors",
    "transports/auto.ts",
  ],
};

/** The runtime's own transports: one file each, loaded when asked for. */
const perRuntime = /^transports\/(?!auto\.)/;

/** The layer of a file, or `undefined` for what is no part of the package. */
export function layerOf(file: string): string | undefined {
  const [top, second, third] = file.split("/");
  if (top === "transports") return "transports";
  if (top === "src") return third === undefined ? "root" : second;
  return second === undefined && file.endsWith(".ts") ? "entry" : undefined;
}

/** What in the module graph breaks the table, one line each. */
export function checkLayers(edges: readonly Edge[]): string[] {
  return edges.flatMap((edge) => {
    const layer = layerOf(edge.from);
    if (layer === undefined) return [];
    const rules = mayImport[layer];
    if (rules === undefined) return [`${edge.from}: "${layer}" is no layer of the table`];
    if (perRuntime.test(edge.to) && edge.kind === "static" && layer !== "transports") {
      return [`${edge.from} imports ${edge.to}: reach it through transports/auto.ts`];
    }
    if (edge.from === "transports/auto.ts" && perRuntime.test(edge.to) && edge.kind === "static") {
      return [`${edge.from} imports ${edge.to}: only a literal import() may`];
    }
    if (layerOf(edge.to) === layer) return [];
    return rules.some((rule) => allows(rule, edge)) ? [] : [
      `${edge.from} imports ${edge.to}${edge.kind === "type" ? " (types)" : ""}: ` +
      `${layer} may import ${rules.join(", ") || "nothing outside itself"}`,
    ];
  });
}

function allows(rule: string, edge: Edge): boolean {
  const target = rule.replace(/^type /, "");
  if (target !== rule && edge.kind !== "type") return false;
  if (target.endsWith(":")) return edge.to.startsWith(target);
  return edge.to === target || layerOf(edge.to) === target;
}

/** What of a runtime is loaded with `root`, one line each: importing the package must touch no runtime. */
export function checkRuntimeFree(edges: readonly Edge[], root: string): string[] {
  const reach = staticReach(edges, root);
  return [...reach.keys()]
    .filter((module) =>
      module !== root && (perRuntime.test(module) || layerOf(module) === undefined)
    )
    .map((module) => `${root} loads ${module}: ${pathTo(reach, module)}`);
}
