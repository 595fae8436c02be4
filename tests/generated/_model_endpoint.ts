/** A model endpoint on this machine that runs one command, then answers with one sentence. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

type Item = Readonly<Record<string, unknown>>;

const COMMAND: Item = {
  type: "function_call",
  call_id: "call-1",
  name: "exec_command",
  arguments: JSON.stringify({ cmd: "echo hi" }),
};

const MESSAGE: Item = {
  type: "message",
  role: "assistant",
  id: "message-1",
  content: [{ type: "output_text", text: "Said hi" }],
};

/** Calls `use` with the endpoint's base URL, then closes it. */
export async function withModelEndpoint<T>(use: (baseUrl: string) => Promise<T>): Promise<T> {
  let requests = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      const isResponse = request.method === "POST" && request.url === "/v1/responses";
      if (!isResponse) return void response.writeHead(404).end();
      requests++;
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(eventsOf(requests === 1 ? COMMAND : MESSAGE, `response-${requests}`));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
  } finally {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }
}

function eventsOf(item: Item, id: string): string {
  const usage = {
    input_tokens: 3,
    input_tokens_details: null,
    output_tokens: 2,
    output_tokens_details: null,
    total_tokens: 5,
  };
  const events: readonly Item[] = [
    { type: "response.created", response: { id } },
    { type: "response.output_item.done", item },
    { type: "response.completed", response: { id, usage } },
  ];
  return events.map((it) => `event: ${it.type}\ndata: ${JSON.stringify(it)}\n\n`).join("");
}
