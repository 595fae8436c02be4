/** Requests to a server on this machine: the `fetch` of Deno and Bun would use a proxy from the environment. */
import { request } from "node:http";
import { Readable } from "node:stream";
import { loopbackAgent } from "../../src/testing/loopback.ts";

/** What to send. */
export interface LoopbackRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the connection, at any time. */
  readonly signal?: AbortSignal;
}

/** Resolves with the response once its head has arrived, as `fetch` does. */
export function loopbackFetch(
  url: string,
  { body, ...options }: LoopbackRequest = {},
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...options, agent: loopbackAgent() }, (reply) => {
      const headers = Object.entries(reply.headersDistinct)
        .flatMap(([name, values = []]) => values.map((value): [string, string] => [name, value]));
      const stream = Readable.toWeb(reply) as ReadableStream<Uint8Array<ArrayBuffer>>;
      resolve(new Response(stream, { status: reply.statusCode ?? 0, headers }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
