/**
 * Simulates the browser of a login in a separate program, because runtimes read proxies from the environment only once.
 */
import { LoginIssuer } from "../../testing.ts";

await using issuer = await LoginIssuer.start();
const url = new URL("/oauth/authorize", issuer.origin);
url.searchParams.set("redirect_uri", `${issuer.origin}/backend-api/wham/profiles/me`);
const { status, text } = await issuer.signIn(url.href);
console.log(status, text);
