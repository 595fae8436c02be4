/** Opens a connection of the protocol layer, with defaults for everything a test does not care about. */
import type { TransportClosedError } from "../../src/errors/transport_errors.ts";
import { type OpenOptions, ProtocolConnection } from "../../src/protocol/connection.ts";
import type { ServerNotification } from "../../src/protocol/notification.ts";
import type { Connect } from "../../src/transport/transport.ts";
import type { Diagnostic } from "../../src/util/diagnostics.ts";

/** The options of one opening, with a record of the events. */
export class Opening {
  readonly diagnostics: Diagnostic[] = [];
  readonly notifications: ServerNotification[] = [];
  readonly closeErrors: TransportClosedError[] = [];
  readonly controller: AbortController = new AbortController();
  readonly #options: OpenOptions;

  constructor(
    connect: Connect,
    options: Partial<OpenOptions> = {},
  ) {
    this.#options = {
      connect,
      initialize: {
        clientInfo: { name: "test", title: "Test", version: "1.0.0" },
        capabilities: { experimentalApi: true, requestAttestation: false },
      },
      startupTimeoutMs: 0,
      onRequest: () => Promise.resolve({ kind: "withdrawn" }),
      signal: this.controller.signal,
      onNotification: (notification) => void this.notifications.push(notification),
      onClose: (error) => void this.closeErrors.push(error),
      onDiagnostic: (diagnostic) => void this.diagnostics.push(diagnostic),
      ...options,
    };
  }

  /** Opens the connection. */
  open(): Promise<ProtocolConnection> {
    return ProtocolConnection.open(this.#options);
  }
}
