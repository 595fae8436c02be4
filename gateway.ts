/**
 * A gateway for web pages: a function from `Request` to `Response` over a client, with users, approvals, and events that
 * survive reloads and lost connections. A page never speaks to the app-server itself. `docs/web.md` describes the wire
 * format and the security.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { createGateway } from "@codex-app-server/sdk/gateway";
 *
 * async function serve(userOf: (request: Request) => string | null): Promise<void> {
 *   await using codex = await Codex.start();
 *   await using gateway = createGateway(codex, { authorize: userOf });
 *   const server = Deno.serve({ port: 8000 }, gateway.fetch);
 *   await server.finished;
 * }
 * ```
 *
 * @module
 */
export { createGateway } from "./src/gateway/gateway.ts";
export type { Gateway, GatewayClients } from "./src/gateway/gateway.ts";
export { memoryOwners } from "./src/gateway/owners.ts";
export type { ThreadOwners } from "./src/gateway/owners.ts";
export type {
  GatewayAllow,
  GatewayLimits,
  GatewayOptions,
  GatewayThreadOptions,
  GatewayUser,
} from "./src/gateway/options.ts";
export type { GatewayClient, GatewayThread, GatewayTurn } from "./src/gateway/port.ts";
export type {
  Decision,
  ErrorBody,
  ItemData,
  ModelData,
  PageData,
  Piece,
  RequestData,
  ThreadData,
  ThreadEvent,
  ThreadSnapshot,
  TurnData,
  TurnHead,
} from "./src/gateway/wire.ts";
