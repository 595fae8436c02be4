/**
 * Where no program can be started, such as in a browser: says so, and what to do.
 *
 * @module
 */
import { SpawnError } from "../src/errors/start_errors.ts";
import type { Connect } from "../src/transport/transport.ts";

/** Makes the function that fails where another would start the app-server. */
export function stdio(): Connect {
  return () => {
    const reason =
      `there is no Deno, Bun or Node here; open a connection with the option "connect"`;
    return Promise.reject(new SpawnError("codex app-server", reason));
  };
}
