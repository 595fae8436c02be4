/**
 * Logs in with a code on any device and with an API key, and shows the account.
 *
 *     deno run -A examples/15_login_and_account.ts
 *     deno run -A examples/15_login_and_account.ts --live           shows your account
 *     deno run -A examples/15_login_and_account.ts --live --login   logs you in first
 */
import process from "node:process";
import { Codex, printable } from "@codex-app-server/sdk";
import { LoginIssuer } from "@codex-app-server/sdk/testing";
import { scriptedModel } from "./_scripted.ts";

const live = process.argv.includes("--live");
// Offline, this plays both the login site and the person.
await using issuer = live ? undefined : await LoginIssuer.start();
await using scripted = issuer && await scriptedModel("15_login_and_account", {
  requiresOpenaiAuth: true,
  rootToml: issuer.rootToml,
});
await using codex = await Codex.start({
  ...scripted?.options,
  env: { ...scripted?.options.env, ...issuer?.env },
});
codex.on("account/updated", ({ authMode }) => console.log(`  (now: ${authMode ?? "nobody"})`));

await showAccount();
if (!live || process.argv.includes("--login")) await logInByCode();
if (scripted !== undefined) {
  // An API key needs no second step. It never appears in errors, diagnostics or logs of the SDK.
  await codex.loginApiKey("sk-example-not-a-real-key");
  await showAccount();
  const thread = await codex.threadStart();
  console.log(printable(`Answer:  ${(await thread.run("Say hello.")).finalResponse}`));
  const { authorization = "" } = scripted.model.requests[0]?.headers ?? {};
  console.log(`The model's provider got "${authorization.slice(0, 17)}..."`);
  await codex.logout();
  await showAccount();
}

/** A person opens a page on any device and enters a code; `loginChatgpt()` uses a local browser instead. */
async function logInByCode(): Promise<void> {
  await using login = await codex.loginChatgptDeviceCode(); // cancelled if the block exits early
  console.log(`Login:   open ${login.verificationUrl} and enter ${login.userCode}`);
  issuer?.enterCode(login.userCode);
  const { success, error } = await login.wait({ timeoutMs: 300_000 });
  console.log(success ? "Login:   done" : `Login:   failed: ${error}`);
  await showAccount();
}

async function showAccount(): Promise<void> {
  const { account } = await codex.account();
  if (account === null) console.log("Account: nobody is logged in");
  else if (account.type === "chatgpt") {
    console.log(`Account: ${account.email}, ${account.planType}`);
  } else console.log(`Account: ${account.type}`);
}
