/** The handlers of what programs answer, not people: new tokens, an attestation, the time. */
import type { HandlerSet } from "../../protocol/handler_set.ts";
import { refreshed } from "../account/login_key.ts";
import type { ClientRequestHandlerOptions } from "./request_options.ts";

/** Sets those that the options name. */
export function setProgramHandlers(
  set: Pick<HandlerSet, "set">,
  { onTokenRefresh, onAttestation, onCurrentTime }: ClientRequestHandlerOptions,
): void {
  if (onTokenRefresh != null) {
    set.set(
      "account/chatgptAuthTokens/refresh",
      async (params, context) => refreshed(await onTokenRefresh(params, context)),
    );
  }
  if (onAttestation != null) {
    set.set("attestation/generate", async (_params, context) => {
      const token = await onAttestation(context);
      return typeof token === "string" ? { token } : token;
    });
  }
  if (onCurrentTime != null) {
    set.set("currentTime/read", async (params, context) => {
      const time = await onCurrentTime(params, context);
      if (!(time instanceof Date)) return time;
      return { currentTimeAt: Math.floor(time.getTime() / 1_000) };
    });
  }
}
