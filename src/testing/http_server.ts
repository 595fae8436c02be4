/** A loopback HTTP server that leaves nothing behind; the base of the model server. */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { RecordedRequest } from "./recorded_request.ts";

/** Answers one request; `reply.closed` fulfils when the client disconnects or the server closes. */
export type AnswerRequest = (request: RecordedRequest, reply: HttpReply) => Promise<void>;

/** The response to a request. */
export class HttpReply {
  readonly #response: ServerResponse;
  /** Fulfils when the connection of the response is closed, complete or not. */
  readonly closed: Promise<void>;

  /** Wraps a response. */
  constructor(response: ServerResponse) {
    this.#response = response;
    this.closed = new Promise((resolve) => response.once("close", () => resolve()));
  }

  /** Whether nothing more can be written. */
  get done(): boolean {
    return this.#response.destroyed || this.#response.writableEnded;
  }

  /** Sends a complete response. */
  send(status: number, headers: Readonly<Record<string, string>>, body: string): void {
    if (this.done) return;
    this.#response.writeHead(status, { "content-type": "application/json", ...headers });
    this.#response.end(body);
  }

  /** Sends a part of an event stream, preceded by the head if it is the first; waits for a slow client. */
  async stream(text: string): Promise<void> {
    if (this.done) return;
    if (!this.#response.headersSent) {
      this.#response.writeHead(200, { "content-type": "text/event-stream" });
    }
    if (this.#response.write(text)) return;
    const drained = new Promise<void>((resolve) => this.#response.once("drain", () => resolve()));
    await Promise.race([drained, this.closed]);
  }

  /** Ends the event stream. */
  end(): void {
    if (!this.done) this.#response.end();
  }

  /** Cuts the connection after what was written, without completing the response. */
  async cut(): Promise<void> {
    const { socket } = this.#response;
    if (socket === null || this.done) return;
    // The head may still be on its way from the response to the socket.
    if (this.#response.headersSent) {
      await new Promise((resolve) => this.#response.write("\n", resolve));
    }
    socket.destroySoon();
    await this.closed;
  }
}

/** A server on a free port of 127.0.0.1. */
export class HttpServer {
  readonly #server: Server;
  readonly #sockets: Set<Socket> = new Set();
  readonly #answers: Set<Promise<void>> = new Set();
  #closing: Promise<void> | undefined;

  private constructor(answer: AnswerRequest) {
    this.#server = createServer((request, response) => {
      const answered = this.#serve(request, response, answer)
        .finally(() => this.#answers.delete(answered));
      this.#answers.add(answered);
    });
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  /** Starts listening. */
  static async start(answer: AnswerRequest): Promise<HttpServer> {
    const server = new HttpServer(answer);
    await new Promise<void>((resolve, reject) => {
      server.#server.once("error", reject);
      server.#server.listen(0, "127.0.0.1", () => resolve());
    });
    return server;
  }

  /** The origin, such as `http://127.0.0.1:41234`. */
  get origin(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") {
      throw new Error("Cannot get the address: the server is closed");
    }
    return `http://127.0.0.1:${address.port}`;
  }

  /** Cuts every connection, frees the port and waits for both. Safe to call again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    await Promise.all(this.#answers);
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    answer: AnswerRequest,
  ): Promise<void> {
    // Without a listener, the error of a cut connection would be an uncaught exception.
    response.on("error", () => {});
    const reply = new HttpReply(response);
    try {
      await answer(await record(request), reply);
    } catch (error) {
      reply.send(500, {}, JSON.stringify({ error: { message: String(error) } }));
    }
  }
}

async function record(request: IncomingMessage): Promise<RecordedRequest> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  const text = await new Blob(chunks as BlobPart[]).text();
  const headers = Object.entries(request.headers).map((
    [name, value],
  ) => [name, Array.isArray(value) ? value.join(", ") : value ?? ""]);
  return new RecordedRequest({
    method: request.method ?? "GET",
    path: request.url ?? "/",
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: parseBody(text),
  });
}

function parseBody(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
