/** A protocol connection whose requests a broker answers, without a client. */
import { RequestBroker } from "../../../src/client/requests/request_broker.ts";
import type { ServerRequestHandlers } from "../../../src/client/requests/handler_scope.ts";
import type { Connect } from "../../../src/transport/transport.ts";
import { Opening } from "../../protocol/_open.ts";

/** An opening connection and its broker. */
export interface BrokerOpening extends Pick<Opening, "open" | "diagnostics"> {
  readonly broker: RequestBroker;
}

/** Prepares a connection for a client with these handlers. */
export function brokerOpening(
  connect: Connect,
  { on }: { readonly on?: ServerRequestHandlers } = {},
): BrokerOpening {
  const broker = new RequestBroker({
    onDiagnostic: (diagnostic) => void opening.diagnostics.push(diagnostic),
  });
  broker.client.configure({ handlers: on });
  const opening = new Opening(connect, {
    onRequest: (request, signal) => broker.answer(request, signal),
  });
  return {
    broker,
    diagnostics: opening.diagnostics,
    open: () => opening.open(),
  };
}
