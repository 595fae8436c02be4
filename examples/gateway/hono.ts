/** A gateway in an app of hono, which runs on every runtime: `export default app`, or `serve()` of `@hono/node-server`. */
import { Codex } from "@codex-app-server/sdk";
import { createGateway } from "@codex-app-server/sdk/gateway";
import { Hono } from "hono";

const gateway = createGateway(new Codex(), {
  basePath: "/api/codex",
  // Your login: a cookie, a token, or a header that your proxy sets.
  authorize: (request) => sessions.get(request.headers.get("authorization") ?? ""),
});
const sessions = new Map([["Bearer key-of-ann", "ann"]]);

export const app: Hono = new Hono();
app.get("/", (context) => context.text("The page goes here."));
app.all("/api/codex/*", (context) => gateway.fetch(context.req.raw));
