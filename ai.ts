/**
 * A provider for the AI SDK of Vercel (`ai` 7, `@ai-sdk/provider` 4): text, objects, tools, approvals and files over turns of
 * the app-server.
 *
 * @example
 * ```ts
 * import { streamText } from "ai";
 * import { printable } from "@codex-app-server/sdk";
 * import { createCodex } from "@codex-app-server/sdk/ai";
 *
 * async function main(): Promise<void> {
 *   await using codex = createCodex();
 *   const { textStream } = streamText({ model: codex(), prompt: "Explain this repository." });
 *   for await (const piece of textStream) console.log(printable(piece));
 * }
 * ```
 *
 * @module
 */
export { createCodex } from "./src/ai/provider.ts";
export type { CodexProvider } from "./src/ai/provider.ts";
export type {
  CodexCallOptions,
  CodexModelSettings,
  CodexProviderOptions,
} from "./src/ai/provider_options.ts";
