/**
 * For environments that cannot start programs, such as browsers: fails with a hint.
 *
 * @module
 */
import { SpawnError } from "../src/errors/start_errors.ts";
import type { Connect } from "../src/transport/transport.ts";

/** Creates a function that fails where the other transports would start the app-server. */
export function stdio(): Connect {
  // deno-lint-ignore require-await -- it must reject
  return async () => host();
}

/** Fails: nothing can be started here. */
export function host(): never {
  const reason =
    `this environment is not Deno, Bun or Node; open a connection with the option "connect"`;
  throw new SpawnError("codex app-server", reason);
}
