/** A gateway on `Bun.serve`, for one person on this machine: `bun examples/gateway/bun_serve.ts`. */
import process from "node:process";
import { Codex, Sandbox } from "@codex-app-server/sdk";
import { createGateway } from "@codex-app-server/sdk/gateway";

/** The part of Bun that this example uses; `@types/bun` has all of it. */
interface BunServe {
  serve(options: {
    port: number;
    hostname: string;
    idleTimeout: number;
    fetch: (request: Request) => Promise<Response>;
  }): { stop(closesConnections: boolean): Promise<void> };
}
const { Bun } = globalThis as unknown as { Bun: BunServe };

const codex = await Codex.start();
const gateway = createGateway(codex, {
  basePath: "/api/codex",
  authorize: () => "me", // no login: so only this machine, under its own name
  hosts: ["localhost:8000", "127.0.0.1:8000"],
  workspaces: { here: process.cwd() },
  thread: { sandbox: Sandbox.workspace },
});
// Seconds. By default, Bun cuts a stream after 10 without a byte; the gateway sends one every 15.
const server = Bun.serve({
  port: 8000,
  hostname: "127.0.0.1",
  idleTimeout: 60,
  fetch: gateway.fetch,
});
process.once("SIGINT", async () => {
  await gateway.close();
  await server.stop(true);
  await codex.close();
});
