/** A browser in as far as a login needs one: it follows redirects to the last page. */
import { get } from "node:http";
import { loopbackAgent } from "./loopback.ts";

/**
 * What a person would see at the end.
 *
 * @example
 * ```ts
 * import type { VisitedPage } from "@codex-app-server/sdk/testing";
 *
 * const loggedIn = ({ status, text }: VisitedPage): boolean => status === 200 && text !== "";
 * ```
 */
export interface VisitedPage {
  /** The HTTP status. */
  readonly status: number;
  /** The page. */
  readonly text: string;
}

/** Milliseconds for each page. */
const PAGE_MS = 5_000;
const MAX_REDIRECTS = 5;

/** Opens an address and follows where it leads. */
export async function visit(url: string): Promise<VisitedPage> {
  let next = url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const page = await load(next);
    if (page.location === undefined) return { status: page.status, text: page.text };
    next = new URL(page.location, next).href;
  }
  throw new Error(`Cannot open ${url}: more than ${MAX_REDIRECTS} redirects`);
}

/** One connection for each page: the binary's server ends with the login, and a kept connection would lead nowhere. */
function load(
  url: string,
): Promise<VisitedPage & { readonly location: string | undefined }> {
  return new Promise((resolve, reject) => {
    const agent = loopbackAgent();
    const request = get(url, { agent, headers: { connection: "close" } }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => text += piece);
      response.on("error", reject);
      response.on("end", () => {
        const { location } = response.headers;
        resolve({ status: response.statusCode ?? 0, text, location });
      });
    });
    request.on("error", reject);
    request.setTimeout(PAGE_MS, () => {
      request.destroy(new Error(`Cannot open ${url}: no answer within ${PAGE_MS} ms`));
    });
  });
}
