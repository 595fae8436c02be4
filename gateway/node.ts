/**
 * The gateway on a server of `node:http`, or of a framework that takes its listeners, such as Express.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { createGateway } from "@codex-app-server/sdk/gateway";
 * import { toNodeHandler } from "@codex-app-server/sdk/gateway/node";
 * import { createServer } from "node:http";
 *
 * const gateway = createGateway(new Codex(), { authorize: () => "me", hosts: ["localhost:8000"] });
 * createServer(toNodeHandler(gateway.fetch)).listen(8000, "127.0.0.1");
 * ```
 *
 * @module
 */
export { toNodeHandler } from "../src/gateway/node_handler.ts";
export type { NodeRequest, NodeResponse } from "../src/gateway/node_handler.ts";
