/**
 * A gateway in Next.js: save it as `app/api/codex/[...path]/route.ts`. It needs a server that stays up (`next start`), not
 * functions that end after a request.
 */
import { Codex } from "@codex-app-server/sdk";
import { createGateway, type Gateway } from "@codex-app-server/sdk/gateway";

/** Starts processes, which the edge runtime cannot. */
export const runtime = "nodejs";
export const dynamic = "force-dynamic";

// Development reloads the module: keep the one server that there is.
const kept = globalThis as { codexGateway?: Gateway };

function gateway(): Gateway {
  return kept.codexGateway ??= createGateway(new Codex(), {
    basePath: "/api/codex",
    // Your login, such as `auth()` of Auth.js.
    authorize: (request) => request.headers.get("x-user"),
  });
}

const handler = (request: Request): Promise<Response> => gateway().fetch(request);

export { handler as GET, handler as OPTIONS, handler as PATCH, handler as POST };
