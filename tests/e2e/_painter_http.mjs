// deno-lint-ignore-file explicit-function-return-type -- the types of this SDK cannot be resolved by Deno
/** The MCP server of the tests over HTTP, behind an OAuth issuer that agrees to every login. */
import { createServer } from "node:http";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { painter } from "./_painter.mjs";

const TOKEN = "acc3ss";

/** Listens on a free port of 127.0.0.1. */
export class PainterOverHttp {
  /** The scopes that logins asked for, and the codes that they came back with. */
  seen = [];
  #http;
  #origin = "";

  constructor() {
    this.#http = createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.destroy(error));
    });
  }

  static async start() {
    const server = new PainterOverHttp();
    await new Promise((resolve) => server.#http.listen(0, "127.0.0.1", resolve));
    server.#origin = `http://127.0.0.1:${server.#http.address().port}`;
    return server;
  }

  /** The URL of the MCP server. */
  get url() {
    return `${this.#origin}/mcp`;
  }

  async [Symbol.asyncDispose]() {
    const closed = new Promise((resolve) => this.#http.close(resolve));
    this.#http.closeAllConnections();
    await closed;
  }

  async #answer(request, response) {
    const url = new URL(request.url ?? "/", this.#origin);
    const send = (body, status = 200, headers = {}) => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(body));
    };
    if (url.pathname === "/mcp") {
      return await this.#mcp(request, response, send);
    }
    if (url.pathname.startsWith("/.well-known/oauth-protected-resource")) {
      return send({ resource: this.url, authorization_servers: [this.#origin] });
    }
    if (url.pathname.startsWith("/.well-known/")) {
      return send(this.#metadata());
    }
    if (url.pathname === "/register") {
      return send({ ...JSON.parse(await bodyOf(request)), client_id: "client-1" }, 201);
    }
    if (url.pathname === "/authorize") {
      return send({}, 302, { location: this.#back(url) });
    }
    if (url.pathname === "/token") {
      this.seen.push(new URLSearchParams(await bodyOf(request)).get("code") ?? "");
      return send({ access_token: TOKEN, token_type: "Bearer", expires_in: 3_600 });
    }
    send({}, 404);
  }

  async #mcp(request, response, send) {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      const metadata = `${this.#origin}/.well-known/oauth-protected-resource/mcp`;
      return send({}, 401, { "www-authenticate": `Bearer resource_metadata="${metadata}"` });
    }
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    await painter().connect(transport);
    await transport.handleRequest(request, response);
  }

  #metadata() {
    return {
      issuer: this.#origin,
      authorization_endpoint: `${this.#origin}/authorize`,
      token_endpoint: `${this.#origin}/token`,
      registration_endpoint: `${this.#origin}/register`,
      response_types_supported: ["code"],
      code_challenge_methods_supported: ["S256"],
      token_endpoint_auth_methods_supported: ["none"],
    };
  }

  /** Where the browser goes after the person has agreed. */
  #back(url) {
    const { searchParams } = url;
    this.seen.push(searchParams.get("scope") ?? "");
    const back = new URL(searchParams.get("redirect_uri") ?? "");
    back.searchParams.set("code", "c0de");
    back.searchParams.set("state", searchParams.get("state") ?? "");
    return back.href;
  }
}

async function bodyOf(request) {
  let body = "";
  for await (const chunk of request) {
    body += String(chunk);
  }
  return body;
}
