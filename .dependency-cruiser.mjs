// deno-lint-ignore-file explicit-function-return-type -- plain JavaScript
/**
 * Which modules may import which: the rules of `deno task layers`, for dependency-cruiser. A folder of `src/` is a
 * layer; so are `transports/`, the files of `src/` itself (`root`) and the entry points (`entry`).
 */

const words = (...lines) => lines.join(" ").split(" ");

/** The seam that layers beside `transport` know as a type. */
const seam = "type src/transport/transport.ts";

/**
 * What a layer may import beyond itself, `util` and `errors`. A `type` prefix allows types alone; a path allows that file
 * alone.
 */
const mayImport = {
  util: [],
  errors: [seam],
  generated: [],
  schema: [],
  framing: [],
  transport: ["framing"],
  websocket: ["framing", "type src/transport/from_streams.ts", seam],
  resilient: ["type generated", "type rpc", seam],
  config: [],
  process: ["config", "transport", "framing", "websocket"],
  rpc: [seam],
  protocol: ["rpc", "generated", seam],
  client: ["protocol", "schema", "config", "type generated", seam],
  transports: ["process", "transport", "websocket", "node:"],
  // The composition root: joins the client to a transport, which it reaches through `auto.ts` alone.
  root: [
    ...["client", "protocol", "generated", "rpc", "transport", "type config", "type process"],
    ...["transports/auto.ts", "src/process/stdio_options.ts"],
  ],
  // What runs jobs stores files, and is given clients.
  fleet: ["type root", "client", "type protocol", "type generated", "node:"],
  // A fleet on BullMQ; its packages are loaded when they are used.
  bullmq: ["fleet", "client", "schema", "type generated", "queues", "node:"],
  // The gateway knows a client by an interface of its own, and folds items as the client does.
  gateway: ["client", "type root", "type protocol", "type generated"],
  // Runs in pages: of the gateway it knows the wire format.
  gateway_client: [
    ...["src/gateway/wire.ts", "src/client/events/pulse.ts", "type client", "type generated"],
  ],
  // A model of the AI SDK over the client; nothing imports it but its entry point.
  ai: ["root", "client", "schema", "rpc", "type protocol", "type generated", "@ai-sdk"],
  // Runs in pages, over the client of the gateway.
  ai_chat: ["gateway_client", "src/ai/item_calls.ts", "type src/gateway/wire.ts", "type npm:ai"],
  // The test kit starts servers and writes files, as its users' tests do.
  testing: ["type client", "protocol", "type generated", "rpc", "transport", "framing", "node:"],
  entry: words(
    "root client schema protocol generated rpc transport websocket testing fleet bullmq gateway gateway_client",
    "ai ai_chat resilient transports/auto.ts",
  ).concat("type config", "type process"),
};

/** The parts of the client, lowest first: a part imports only those before it, except for types. */
const clientParts = [
  ...words(
    "events/ tracing/ input/ items/ (?!client_(core|options)\\.)[^/]+$ account/ exec/ fs/ requests/ mcp/",
  ),
  ...words(
    "tools/ turns/ goals/ output/ threads/ search/ agents/ session/ client_(core|options)\\.",
  ),
].map((part) => `^src/client/${part}`);
const byValue = { dependencyTypesNot: ["type-only"] };

/** Returns the pattern of a layer's files. */
function filesOf(layer) {
  if (layer.includes("/")) return `^${layer.replaceAll(".", "\\.")}$`;
  if (layer === "client") return clientParts.join("|");
  if (layer === "transports") return "^transports/";
  if (layer === "root") return "^src/[^/]+$";
  // Optional peers.
  if (layer === "@ai-sdk") return "^node_modules/@ai-sdk/provider/";
  // The cruiser takes this package for the entry point of the same name.
  if (layer === "npm:ai") return "^(node_modules/ai/|ai\\.ts$)";
  if (layer === "queues") return "^node_modules/(bullmq|ioredis|@types/pg|pg)/";
  if (layer === "entry") return "^((gateway|ai|fleet)/)?[^/]+\\.ts$";
  return `^src/${layer}/`;
}

function rulesOf([layer, allowed]) {
  const from = { path: filesOf(layer) };
  // These two import nothing.
  const base = ["util", "generated"].includes(layer) ? [] : ["util", "errors"];
  const may = [...base, ...allowed].filter((one) => one !== "node:");
  const types = may.filter((one) => one.startsWith("type ")).map((one) => filesOf(one.slice(5)));
  const values = may.filter((one) => !one.startsWith("type ")).map(filesOf);
  const mayNode = allowed.includes("node:") ? { dependencyTypesNot: ["core"] } : {};
  return [
    rule(layer, from, { pathNot: [from.path, ...values, ...types], ...mayNode }),
    rule(`${layer} (types)`, from, { path: types, pathNot: values, ...byValue }),
  ].filter(({ to }) => to.path?.length !== 0);
}

const rule = (name, from, to) => ({ severity: "error", name, from, to });

/** The runtimes' own transports: one file each, loaded on demand. */
const runtimes = "^transports/(?:bun|deno|node|node_\\w+|none)\\.ts$";

export default {
  forbidden: [
    ...Object.entries(mayImport).flatMap(rulesOf),
    rule("no such layer", { path: "^src/", pathNot: Object.keys(mayImport).map(filesOf) }, {}),
    // With the rules above: importing `mod.ts` loads no runtime-specific code.
    rule("runtimes by import() alone", { pathNot: runtimes }, { path: runtimes, dynamic: false }),
    rule("no runtime in other transports", { path: "^transports/", pathNot: runtimes }, {
      dependencyTypes: ["core"],
    }),
    ...clientParts.slice(0, -1).map((path, at) =>
      rule("order of the client", { path }, { path: clientParts.slice(at + 1), ...byValue })
    ),
    rule("no cycle", { path: "^(src|transports)/" }, { circular: true, viaOnly: byValue }),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: "specify",
  },
};
