/**
 * The client of a gateway, for pages: threads as live data, turns, and requests to answer, over `fetch` alone. It opens
 * lost streams again and loses nothing.
 *
 * @example
 * ```ts
 * import { connect } from "@codex-app-server/sdk/gateway/client";
 *
 * async function main(show: (text: string) => void): Promise<void> {
 *   const thread = await connect("/api/codex").create();
 *   thread.subscribe(() => {
 *     const items = thread.view.turns.flatMap((turn) => turn.items.map(({ item }) => item));
 *     show(items.flatMap((item) => item.type === "agentMessage" ? [item.text] : []).join("\n\n"));
 *   });
 *   await thread.run("Say hello in one sentence.");
 * }
 * ```
 *
 * @module
 */
export { connect, GatewayConnection } from "../src/gateway_client/connection.ts";
export type {
  PageListOptions,
  PageThreadOptions,
  PageUsage,
  PageUsageWindow,
} from "../src/gateway_client/connection.ts";
export { GatewayError } from "../src/gateway_client/gateway_error.ts";
export type { ConnectGatewayOptions } from "../src/gateway_client/http.ts";
export { LiveThread } from "../src/gateway_client/live_thread.ts";
export type { PageAnswer, PageInput, PageTurnOptions } from "../src/gateway_client/live_thread.ts";
export type { ThreadView } from "../src/gateway_client/thread_state.ts";
export type {
  Decision,
  ItemData,
  ModelData,
  PageData,
  RequestData,
  ThreadData,
  TurnData,
  TurnHead,
} from "../src/gateway/wire.ts";
