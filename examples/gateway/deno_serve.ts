/** A gateway on `Deno.serve`, for one person on this machine: `deno run -A examples/gateway/deno_serve.ts`. */
import { Codex, Sandbox } from "@codex-app-server/sdk";
import { createGateway } from "@codex-app-server/sdk/gateway";

await using codex = await Codex.start();
await using gateway = createGateway(codex, {
  basePath: "/api/codex",
  authorize: () => "me", // no login: so only this machine, under its own name
  hosts: ["localhost:8000", "127.0.0.1:8000"],
  workspaces: { here: Deno.cwd() },
  thread: { sandbox: Sandbox.workspace },
});
const server = Deno.serve({ port: 8000, hostname: "127.0.0.1" }, gateway.fetch);
Deno.addSignalListener("SIGINT", () => void gateway.close().then(() => server.shutdown()));
await server.finished;
