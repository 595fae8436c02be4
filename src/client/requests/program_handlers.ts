/** The handlers of the requests that programs answer, not people: new tokens and attestations. */
import type { HandlerSet } from "../../protocol/handler_set.ts";
import { wireTokens } from "../account/login.ts";
import type { ClientRequestHandlerOptions } from "./request_options.ts";

/** Sets those that the options name. */
export function setProgramHandlers(
  set: Pick<HandlerSet, "set">,
  { onTokenRefresh, onAttestation }: ClientRequestHandlerOptions,
): void {
  if (onTokenRefresh != null) {
    set.set(
      "account/chatgptAuthTokens/refresh",
      async (params, context) => wireTokens(await onTokenRefresh(params, context)),
    );
  }
  if (onAttestation != null) {
    set.set("attestation/generate", async (_params, context) => {
      const token = await onAttestation(context);
      return typeof token === "string" ? { token } : token;
    });
  }
}
