/** A minimal conversation with an app-server over a bare transport. */
import { TransportClosedError } from "../../src/errors/transport_errors.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { isRecord } from "../../src/util/is_record.ts";

/** Sends a request and returns the result; skips notifications that arrive first. */
export async function ask(
  transport: Transport,
  method: string,
  params: object,
): Promise<Record<string, unknown>> {
  await send(transport, { id: method, method, params });
  const reader = transport.readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new TransportClosedError(await transport.closed, `ask "${method}"`);
      for (const frame of value) {
        const message: unknown = JSON.parse(frame);
        if (!isRecord(message) || message["id"] !== method) continue;
        if (isRecord(message["result"])) return message["result"];
        throw new Error(`"${method}" was answered with ${frame}`);
      }
    }
  } finally {
    reader.releaseLock();
  }
}

/** Sends a message. */
export async function send(transport: Transport, message: object): Promise<void> {
  const writer = transport.writable.getWriter();
  try {
    await writer.write(JSON.stringify(message));
  } finally {
    writer.releaseLock();
  }
}

/** Performs the handshake. */
export async function initialize(transport: Transport): Promise<Record<string, unknown>> {
  const clientInfo = { name: "test", title: "Test", version: "1" };
  const result = await ask(transport, "initialize", { clientInfo });
  await send(transport, { method: "initialized" });
  return result;
}
