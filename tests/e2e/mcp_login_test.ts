import { JsonRpcError } from "../../errors.ts";
import { assertEquals, assertRejects } from "../_support/assert.ts";
import { loopbackFetch } from "../_support/loopback_fetch.ts";
import { test } from "../_support/test.ts";
import { PainterOverHttp } from "./_painter_http.mjs";
import { ScriptedCodex } from "./_scripted_codex.ts";

/** Opens a page as a browser does. */
async function visit(url: string): Promise<void> {
  const page = await loopbackFetch(url);
  await page.text();
  const location = page.headers.get("location");
  if (location !== null) await visit(location);
}

test(
  "codex.mcp.login logs in to an MCP server by OAuth [R-79]",
  async () => {
    await using painter = await PainterOverHttp.start();
    await using session = await ScriptedCodex.start(
      { mcpServers: { painter: { url: painter.url } } },
      { rootToml: 'mcp_oauth_credentials_store = "file"' },
    );
    const { codex } = session;
    const state = async (): Promise<unknown> => {
      const [server] = await codex.mcp.list({ detail: "toolsAndAuthOnly" });
      return [
        server?.authStatus,
        server?.toolsError === null,
        Object.keys(server?.tools ?? {}).length,
      ];
    };
    assertEquals(await state(), ["notLoggedIn", false, 0]);
    await assertRejects(() => codex.mcp.login("nobody"), JsonRpcError, "nobody");

    // One that nobody completes ends by itself.
    await using left = await codex.mcp.login("painter", { expiresMs: 1 });
    assertEquals((await left.wait({ timeoutMs: 20_000 })).success, false);

    await using login = await codex.mcp.login("painter", { scopes: ["paint"] });
    await visit(login.authUrl);
    assertEquals((await login.wait({ timeoutMs: 20_000 })).success, true);
    assertEquals(painter.seen, ["paint", "c0de"]);
    assertEquals(await login.cancel(), "notFound");
    assertEquals(await state(), ["oAuth", true, 6]);
    const thread = await codex.threadStart();
    const { structuredContent } = await codex.mcp.callTool({
      ...{ threadId: thread.id, server: "painter", tool: "add", arguments: { a: 1, b: 2 } },
    });
    assertEquals(structuredContent, { sum: 3 });
  },
  { timeoutMs: 60_000 },
);
