/** Holds a connect function to its signal. */
import type { Connect } from "../transport/transport.ts";
import { abortable } from "../util/abortable.ts";
import { waitAtMost } from "../util/timer.ts";

/** Milliseconds for a connect function to clean up after its signal has fired. */
const CLEANUP_MS = 2_000;

/**
 * Makes a connect function that ends soon after its signal has fired, whatever the given one does; a transport that
 * comes later is closed, so that nothing is left behind.
 */
export function boundedConnect(connect: Connect): Connect {
  return async (options = {}) => {
    const opening = connect(options);
    try {
      return await abortable(opening, options.signal);
    } catch (error) {
      const closed = opening.then((transport) => transport.close({ force: true }), () => {});
      await waitAtMost(closed, CLEANUP_MS);
      throw error;
    }
  };
}
