/** The answers to the server's requests where no handler decides: the decline of each method. */
import type { ServerRequestMethod, ServerRequestResult } from "../generated/server_requests.ts";
import { RpcFailure } from "../rpc/incoming_requests.ts";
import { RETIRED_ANSWERS } from "./retired_requests.ts";

const METHOD_NOT_FOUND = -32601;
const DECLINED = -32000;

/** The decline of each method, or the reason why there is only an error. */
type DefaultAnswers = {
  readonly [M in ServerRequestMethod]: (() => ServerRequestResult<M>) | string;
};

const DEFAULT_ANSWERS: DefaultAnswers = {
  "item/commandExecution/requestApproval": () => ({ decision: "decline" }),
  "item/fileChange/requestApproval": () => ({ decision: "decline" }),
  "item/permissions/requestApproval": () => ({ permissions: {}, scope: "turn" }),
  "item/tool/requestUserInput": () => ({ answers: {} }),
  "mcpServer/elicitation/request": () => ({ action: "decline", content: null, _meta: null }),
  "item/tool/call": () => ({
    contentItems: [{ type: "inputText", text: "This client has no such tool." }],
    success: false,
  }),
  "account/chatgptAuthTokens/refresh": "This client cannot refresh tokens.",
  "attestation/generate": "This client cannot attest.",
  "applyPatchApproval": () => ({ decision: { denied: { rejection: "This client declined." } } }),
  "execCommandApproval": () => ({ decision: { denied: { rejection: "This client declined." } } }),
};

/**
 * Returns the decline of a method of the server, and the answer of a retired one.
 *
 * @throws {RpcFailure} where a decline is an error: an unknown method, a token refresh, an attestation
 */
export function defaultAnswer(method: string): unknown {
  if (Object.hasOwn(RETIRED_ANSWERS, method)) return RETIRED_ANSWERS[method]?.();
  if (!Object.hasOwn(DEFAULT_ANSWERS, method)) {
    throw new RpcFailure({ code: METHOD_NOT_FOUND, message: `Method not found: ${method}` });
  }
  const answer = DEFAULT_ANSWERS[method as ServerRequestMethod];
  if (typeof answer === "string") throw new RpcFailure({ code: DECLINED, message: answer });
  return answer();
}

/** What says "no, and stop" where a method has words for that; its decline elsewhere. */
const CANCEL_ANSWERS: { readonly [M in ServerRequestMethod]?: ServerRequestResult<M> } = {
  "item/commandExecution/requestApproval": { decision: "cancel" },
  "item/fileChange/requestApproval": { decision: "cancel" },
  "mcpServer/elicitation/request": { action: "cancel", content: null, _meta: null },
  "applyPatchApproval": { decision: "abort" },
  "execCommandApproval": { decision: "abort" },
};

/**
 * Gives the cancel of a method of the server, or its decline where it has none.
 *
 * @throws {RpcFailure} where a decline is an error
 */
export function cancelAnswer(method: string): unknown {
  const has = Object.hasOwn(CANCEL_ANSWERS, method);
  return has ? CANCEL_ANSWERS[method as ServerRequestMethod] : defaultAnswer(method);
}
