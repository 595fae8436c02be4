/// <reference lib="dom" />
/** What people do at the page of the web example, and what must come of it. */
import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  deltas,
  disconnect,
  functionCall,
  gate,
  message,
  rawEvent,
  reasoning,
  shellCommand,
  usage,
} from "../../testing.ts";
import { assert, assertEquals, assertMatch } from "../_support/assert.ts";
import { card, ended, send, type Site, turnAt, violations } from "./_web_site.ts";

/** A scenario: it opens windows of its own and starts threads of its own. */
export type Scenario = (site: Site) => Promise<void>;

const MARKDOWN = "**bold** and `code`\n\n```ts\nconst answer: number = 42;\n```\n\n- [ ] one\n";

/** Text arrives while the model writes, as elements; a screen reader announces the end. */
export async function streams(site: Site): Promise<void> {
  const { page, complaints } = await site.open();
  const [middle, end] = [gate(), gate()];
  site.model.enqueueFor(
    "stream it",
    reasoning("**Thinking it over**\n\nThere is not much to it."),
    deltas(["It is **bo", middle, "ld**.\n\n", end, MARKDOWN]),
    usage({ inputTokens: 1_200, outputTokens: 34 }),
  );
  await send(page, "stream it");
  const turn = turnAt(page, 0);
  await turn.getByText("It is **bo", { exact: true }).waitFor();
  await page.getByText("Codex works.").waitFor({ state: "attached" });
  middle.open();
  await turn.locator("strong", { hasText: "bold" }).waitFor();
  end.open();
  await turn.locator(".hljs-keyword", { hasText: "const" }).waitFor();
  await turn.getByText("1.2K tokens in, 34 out").waitFor();
  await page.getByText("Codex is done. It is").waitFor({ state: "attached" });
  const thoughts = turn.getByText("There is not much to it.");
  assert(!await thoughts.isVisible());
  await turn.getByText("Thinking: Thinking it over").click();
  await thoughts.waitFor();
  assertEquals(complaints, []);
}

/** The card shows the whole command; the output comes while it runs; keys suffice. */
export async function approves(site: Site): Promise<void> {
  const { page, complaints } = await site.open();
  const script = "until [ -e go ]; do echo one; sleep 0.3; done; printf '\\033[32mtwo\\033[0m\\n'";
  site.model.enqueueFor("run it", shellCommand(script, { escalate: "It has to be outside." }));
  site.model.enqueueFor("run it", message("It ran."));
  await send(page, "run it");
  await card(page).getByText("It has to be outside.").waitFor();
  assertEquals(await card(page).getByLabel("Whole command").innerText(), script);
  assertEquals(await card(page).getByRole("button").allInnerTexts(), [
    "Allow once",
    "Always allow",
    "Decline",
    "Decline and stop",
  ]);
  await page.getByText(`Run this command? ${script}`).waitFor({ state: "attached" });
  await site.picture(page, "approval");
  await card(page).getByRole("button", { name: "Allow once" }).press("Enter");
  const output = turnAt(page, 0).getByLabel("Output");
  await output.filter({ hasText: "one" }).waitFor();
  await card(page).waitFor({ state: "detached" });
  await page.locator("#message:focus").waitFor();
  await writeFile(join(site.workspace, "go"), "");
  const turn = await ended(page);
  assertMatch(await output.innerText(), /^(?:one\n)+two$/);
  assertMatch(await turn.innerText(), /exit code 0/);
  assertEquals(complaints, []);
}

/** A declined command does not run; one that is always allowed is not asked about again. */
export async function declinesAndAllowsForGood(site: Site): Promise<void> {
  const { page } = await site.open();
  const escalate = "It has to be outside.";
  site.model.enqueueFor("touch it", shellCommand("touch never", { escalate }));
  site.model.enqueueFor("touch it", message("Then not."));
  await send(page, "touch it");
  await card(page).getByRole("button", { name: "Decline", exact: true }).click();
  assertMatch(await (await ended(page)).innerText(), /declined/);
  assert(!await exists(join(site.workspace, "never")));

  for (const at of [1, 2]) {
    site.model.enqueueFor("list it", shellCommand("ls -d ..", { escalate }));
    site.model.enqueueFor("list it", message("There it is."));
    await send(page, "list it");
    if (at === 1) {
      await card(page).getByText("“Always” is for commands that begin with").waitFor();
      await card(page).getByRole("button", { name: "Always allow" }).click();
    }
    assertMatch(await (await ended(page, at)).innerText(), /exit code 0/);
  }
}

/** Both pages show the same; what one of them answers, the other need not. */
export async function twoPages(site: Site): Promise<void> {
  const window = await site.open();
  const { page } = window;
  site.model.enqueueFor(
    "for two",
    shellCommand("echo both", { escalate: "It has to be outside." }),
  );
  site.model.enqueueFor("for two", message("Both know."));
  await send(page, "for two");
  await card(page).waitFor();
  const second = await site.another(window);
  await card(second).getByRole("button", { name: "Allow once" }).click();
  await card(page).waitFor({ state: "detached" });
  for (const one of [page, second]) {
    assertMatch(await (await ended(one)).innerText(), /both[^]*exit code 0[^]*Both know\./);
  }
}

/** A page that is loaded anew shows the text so far, and the question that is open. */
export async function reloads(site: Site): Promise<void> {
  const { page } = await site.open();
  const pause = gate();
  site.model.enqueueFor("reload", deltas(["so far ", pause, "so good"]));
  await send(page, "reload");
  await turnAt(page, 0).getByText("so far").waitFor();
  await page.reload();
  await turnAt(page, 0).getByText("so far").waitFor();
  pause.open();
  await (await ended(page)).getByText("so far so good").waitFor();

  site.model.enqueueFor("again", shellCommand("echo kept", { escalate: "It has to be outside." }));
  site.model.enqueueFor("again", message("Done."));
  await send(page, "again");
  await card(page).waitFor();
  await page.reload();
  await card(page).getByRole("button", { name: "Allow once" }).click();
  assertMatch(await (await ended(page, 1)).innerText(), /kept/);
}

/** What happened while a page was without a network is there when it is back. */
export async function networkCut(site: Site): Promise<void> {
  const { page, context } = await site.open();
  const pause = gate();
  site.model.enqueueFor("cut it", deltas(["before ", pause, "after"]));
  await send(page, "cut it");
  await turnAt(page, 0).getByText("before").waitFor();
  await context.setOffline(true);
  await page.getByText("The connection was lost. Trying again").waitFor();
  pause.open();
  await context.setOffline(false);
  await (await ended(page)).getByText("before after").waitFor();
  await page.getByText("The connection was lost. Trying again").waitFor({ state: "detached" });
}

/** The page finds the next server by itself, with its history. */
export async function serverRestarts(site: Site): Promise<void> {
  const { page } = await site.open();
  site.model.enqueueFor("before the end", message("Here."));
  await send(page, "before the end");
  await ended(page);
  await site.stopServer();
  await page.getByText("The connection was lost. Trying again").waitFor();
  await site.startServer();
  await page.getByText("The connection was lost. Trying again").waitFor({ state: "detached" });
  site.model.enqueueFor("still there", message("Still here."));
  await send(page, "still there");
  await (await ended(page, 1)).getByText("Still here.").waitFor();
  await turnAt(page, 0).getByText("before the end").waitFor();
}

const HOSTILE = [
  "<img src=x onerror='hacked=1'><script>hacked=2</script><svg onload='hacked=3'>",
  "[link](javascript:hacked=4) ![picture](https://evil.test/leak) <a href='//evil.test'>a</a>",
  "[fine](https://example.com/) \u202egnp.exe \u0007bell \u200bzero",
  "| a |\n| --- |\n| <iframe src=https://evil.test> |\n",
  "```html\n<img src=x onerror='hacked=5'>\n```",
].join("\n\n");

/** Nothing that the agent, a command or another page says becomes a part of the page. */
export async function hostileText(site: Site): Promise<void> {
  const { page, complaints } = await site.open();
  const echo = `printf '%b' '\\033]0;title\\007<img src=x onerror=hacked=6>\\0342\\0200\\0256txt'`;
  const escalate = "<b>bold</b> \u202ereason";
  site.model.enqueueFor(
    "hostile",
    reasoning(HOSTILE),
    shellCommand(`${echo} # \u202e`, { escalate }),
  );
  site.model.enqueueFor("hostile", message(HOSTILE));
  await send(page, `hostile ${HOSTILE}`);
  assertMatch(await card(page).innerText(), /<b>bold<\/b> \\u\{202e\}reason/);
  assertMatch(await card(page).getByLabel("Whole command").innerText(), /# \\u\{202e\}$/);
  await card(page).getByRole("button", { name: "Allow once" }).click();
  const turn = await ended(page);
  await turn.getByText("Thinking:").click();
  assertEquals(
    await turn.getByLabel("Output").innerText(),
    "<img src=x onerror=hacked=6>\\u{202e}txt",
  );
  const text = await turn.locator(".agent").innerText();
  for (const part of ["<img src=x onerror='hacked=1'>", "\\u{202e}gnp.exe", "\\u{7}bell"]) {
    assert(text.includes(part), part);
  }
  const found = await page.evaluate(() => ({
    elements:
      document.querySelectorAll("#log :is(img, script, svg, iframe, style, [onerror])").length,
    links: [...document.querySelectorAll<HTMLAnchorElement>("#log a")].map(({ href }) => href),
    hacked: (globalThis as { readonly hacked?: unknown }).hacked ?? null,
  }));
  const links = ["https://example.com/", "https://example.com/"];
  assertEquals(found, { elements: 0, links, hacked: null });
  assertEquals(complaints, []);
}

/** For another user, a thread does not exist. */
export async function anotherUser(site: Site): Promise<void> {
  const ann = await site.open();
  site.model.enqueueFor(
    "private",
    shellCommand("echo mine", { escalate: "It has to be outside." }),
  );
  site.model.enqueueFor("private", message("It is private."));
  await send(ann.page, "private");
  await card(ann.page).waitFor();
  const threadId = new URL(ann.page.url()).hash.slice(2);

  const bob = await site.open({ user: "bob" });
  await bob.page.getByText("No threads yet.").waitFor();
  await bob.page.goto(ann.page.url());
  await bob.page.getByText("There is no such thread.").waitFor();
  const refused = await bob.page.evaluate(async (path) => {
    const tries = ["", "/turns", "/requests", "/events"].map((end) => fetch(`${path}${end}`));
    const body = JSON.stringify({ input: "mine now" });
    const headers = { "content-type": "application/json" };
    tries.push(fetch(`${path}/turns`, { method: "POST", headers, body }));
    return (await Promise.all(tries)).map(({ status }) => status);
  }, `/api/threads/${threadId}`);
  assertEquals(refused, [404, 404, 404, 404, 404]);
  assertEquals(await bob.page.getByText("private").count(), 0);

  const stranger = await site.browser.newContext();
  const { status } = await stranger.request.get(`${site.origin}/api/threads`).then((one) => ({
    status: one.status(),
  }));
  await stranger.close();
  assertEquals(status, 401);
  await card(ann.page).getByRole("button", { name: "Allow once" }).click();
  await ended(ann.page);
}

/** A running turn takes more input, and Escape ends it. */
export async function steersAndStops(site: Site): Promise<void> {
  const { page } = await site.open();
  site.model.enqueueFor("begin", deltas(["one ", gate()]));
  site.model.enqueueFor("also this", deltas(["two ", gate()]));
  await send(page, "begin");
  await turnAt(page, 0).getByText("one").waitFor();
  await send(page, "also this");
  await turnAt(page, 0).getByText("two").waitFor();
  await turnAt(page, 0).getByText("also this").waitFor();
  await page.keyboard.press("Escape");
  await (await ended(page)).getByText("Stopped.").waitFor();
}

/** A picture that is pasted, and the effort that is chosen, reach the model. */
export async function pastesAndChooses(site: Site): Promise<void> {
  const { page } = await site.open();
  await page.getByLabel("Message to Codex").evaluate((field) => {
    const canvas = new OffscreenCanvas(8, 8);
    canvas.getContext("2d")?.fillRect(0, 0, 8, 8);
    return canvas.convertToBlob({ type: "image/png" }).then((blob) => {
      const data = new DataTransfer();
      data.items.add(new File([blob], "square.png", { type: "image/png" }));
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
    });
  });
  await page.getByRole("button", { name: "Remove picture 1" }).waitFor();
  await page.getByLabel("Effort").selectOption("high");
  site.model.enqueueFor("what is it", message("A square."));
  await send(page, "what is it");
  const turn = await ended(page);
  await turn.getByAltText("Picture that you sent").waitFor();
  const { body } = site.model.requests.at(-1) ?? {};
  assertMatch(JSON.stringify(body), /"type":"input_image"[^]*"effort":"high"/);
}

/** Plan, diff and question: each as a part of the page of its own. */
export async function plansAndAsks(site: Site): Promise<void> {
  const { page } = await site.open();
  await writeFile(join(site.workspace, "list.txt"), "one\ntwo\n");
  const question = {
    id: "colour",
    header: "Colour",
    question: "Which colour?",
    options: [{ label: "red", description: "warm" }, { label: "blue", description: "cold" }],
  };
  const patch = ["*** Begin Patch", "*** Update File: list.txt", "@@", " one", "-two", "+<b>three"];
  const lines = [...patch, "*** End Patch"].join("\n");
  const steps = [{ step: "Ask", status: "completed" }, { step: "Paint", status: "in_progress" }];
  site.model.enqueueFor("paint", functionCall("update_plan", { plan: steps }));
  site.model.enqueueFor("paint", functionCall("request_user_input", { questions: [question] }));
  site.model.enqueueFor("paint", shellCommand(`apply_patch <<'EOF'\n${lines}\nEOF`));
  site.model.enqueueFor("paint", message("Painted."));
  await send(page, "paint");
  await card(page).getByLabel("blue").check();
  await site.picture(page, "question");
  await card(page).getByRole("button", { name: "Answer", exact: true }).click();
  await card(page).getByText("Change these files?").waitFor();
  assertMatch(await card(page).innerText(), /list\.txt[^]*-two\s*\+<b>three/);
  await card(page).getByRole("button", { name: "Allow once" }).click();
  const turn = await ended(page);
  assertMatch(await turn.getByRole("region", { name: "Plan" }).innerText(), /✓ Ask[^]*▸ Paint/);
  const [added] = await turn.locator(".files .add").allInnerTexts();
  assertEquals(added?.trim(), "+<b>three");
  assertMatch(JSON.stringify(site.model.requests.at(-1)?.body), /blue/);
  await site.picture(page, "diff");
}

/** A thread gets a name, goes into the archive, and comes back. */
export async function renamesAndArchives(site: Site): Promise<void> {
  const { page } = await site.open();
  site.model.enqueueFor("name me", message("Who?"));
  await send(page, "name me");
  await ended(page);
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByLabel("Name of the thread").fill("<i>Renamed</i>");
  await page.getByLabel("Name of the thread").press("Enter");
  await page.getByRole("heading", { name: "<i>Renamed</i>" }).waitFor();
  const threads = page.getByRole("navigation", { name: "Threads" });
  await threads.getByRole("link", { name: "<i>Renamed</i>" }).waitFor();
  await page.getByRole("banner").or(page.locator(".pane > header")).first()
    .getByRole("button", { name: "Archive" }).click();
  await threads.getByRole("link", { name: "<i>Renamed</i>" }).waitFor({ state: "detached" });
  await threads.getByRole("button", { name: "Archive" }).click();
  await threads.getByRole("button", { name: "Restore <i>Renamed</i>" }).click();
  await threads.getByText("The archive is empty.").waitFor();
  await threads.getByRole("button", { name: "Archive" }).click();
  await threads.getByRole("link", { name: "<i>Renamed</i>" }).click();
  await turnAt(page, 0).getByText("Who?").waitFor();
}

/** A sub-agent's item opens what the agent does, live, and only for the user of its parent. */
export async function followsSubAgents(site: Site): Promise<void> {
  const { page, complaints } = await site.open();
  const [middle, end] = [gate(), gate()];
  const args = JSON.stringify({ message: "count for me" });
  const call = { type: "function_call", call_id: "spawn", name: "spawn_agent", arguments: args };
  const item = { ...call, namespace: "multi_agent_v1" };
  site.model.enqueueFor("let one count", rawEvent({ type: "response.output_item.done", item }));
  site.model.enqueueFor("let one count", message("It counts."));
  site.model.enqueueFor("count for me", deltas(["one ", middle, "two ", end, "three"]));
  site.model.enqueueFor("subagent_notification", message("It has counted."));
  await send(page, "let one count");
  await turnAt(page, 0).getByRole("link", { name: "See what it does" }).first().click();
  await page.getByText("A sub-agent works here.").waitFor();
  await turnAt(page, 0).getByText("count for me").waitFor();
  const url = page.url();
  middle.open();
  await turnAt(page, 0).getByText("two").waitFor();
  assertEquals(await page.getByLabel("Message to Codex").count(), 0);
  assertEquals(await violations(page), []);
  await site.picture(page, "sub-agent");
  const bob = await site.open({ user: "bob" });
  await bob.page.goto(url);
  await bob.page.getByText("There is no such thread.").waitFor();
  end.open();
  await (await ended(page)).getByText("one two three", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Back to the thread that started it" }).click();
  await turnAt(page, 0).getByText("It counts.").waitFor();
  await page.getByLabel("Message to Codex").waitFor();
  assertEquals(complaints, []);
}

/** While the model is asked again, the page says so; then it says so no more. */
export async function showsRetries(site: Site): Promise<void> {
  const { page } = await site.open();
  const back = gate();
  site.model.enqueueFor("try hard", deltas(["half an ans"]), disconnect());
  // Nothing comes before: what does ends the retry, also before a slow page has drawn it.
  site.model.enqueueFor("try hard", back, deltas(["the whole answer"]));
  await send(page, "try hard");
  await turnAt(page, 0).getByText("Reconnecting, attempt 1").waitFor();
  await page.getByText("Trying again.", { exact: false }).first().waitFor({ state: "attached" });
  await site.picture(page, "retry");
  back.open();
  const turn = await ended(page);
  await turn.getByText("the whole answer").waitFor();
  assertEquals(await page.getByText("Reconnecting").count(), 0);
}

/** No rule of axe is broken: light and dark, on a desk and on a phone, with a card and without. */
export async function isAccessible(site: Site): Promise<void> {
  const { page } = await site.open();
  await writeFile(join(site.workspace, "plan.txt"), "one\n");
  const steps = [{ step: "Look", status: "completed" }, { step: "Ask", status: "in_progress" }];
  const patch = [
    "*** Begin Patch",
    "*** Update File: plan.txt",
    "@@",
    "-one",
    "+two",
    "*** End Patch",
  ];
  site.model.enqueueFor("check", functionCall("update_plan", { plan: steps }));
  site.model.enqueueFor(
    "check",
    reasoning("**Checking**\n\nOne after another."),
    message(`${MARKDOWN}\n| a | b |\n| --- | --- |\n| 1 | [2](https://example.com/) |\n\n> quoted`),
    shellCommand(`apply_patch <<'EOF'\n${patch.join("\n")}\nEOF`),
  );
  site.model.enqueueFor("check", shellCommand("ls", { escalate: "It has to be outside." }));
  site.model.enqueueFor("check", message("Checked."));
  assertEquals(await violations(page), []);
  await send(page, "check");
  await card(page).getByText("Change these files?").waitFor();
  await card(page).getByRole("button", { name: "Allow once" }).click();
  await card(page).getByText("Run this command?").waitFor();
  await turnAt(page, 0).getByText("Thinking: Checking").click();
  assertEquals(await violations(page), []);
  await page.getByLabel("Theme").selectOption("dark");
  const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assertEquals(dark, "rgb(22, 24, 27)");
  await site.picture(page, "dark");
  assertEquals(await violations(page), []);

  await page.setViewportSize({ width: 360, height: 700 });
  assertEquals(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  await site.picture(page, "phone");
  assertEquals(await violations(page), []);
  await page.getByRole("button", { name: "Threads" }).click();
  await page.getByRole("link", { name: "check" }).waitFor();
  assertEquals(await violations(page), []);
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "check" }).waitFor({ state: "hidden" });
  await card(page).getByRole("button", { name: "Decline", exact: true }).click();
  await ended(page);
}

/** The tab key reaches everything in the order in which it is read, and shows where it is. */
export async function obeysKeys(site: Site): Promise<void> {
  const { page } = await site.open();
  const seen: string[] = [];
  await page.getByRole("button", { name: "Send" }).waitFor();
  await page.getByLabel("Model").locator("option").first().waitFor({ state: "attached" });
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  for (let presses = 0; presses < 30 && seen.at(-1) !== "Send"; presses++) {
    await page.keyboard.press("Tab");
    seen.push(
      await page.evaluate(() => {
        const element = document.activeElement as HTMLElement;
        const { outlineStyle } = getComputedStyle(element.closest(".attach") ?? element);
        const [label] = (element as HTMLInputElement).labels ?? [];
        const name = label?.innerText ?? element.ariaLabel ?? element.innerText;
        return `${outlineStyle === "none" ? "invisible: " : ""}${name.trim().split("\n")[0]}`;
      }),
    );
  }
  const threads = seen.indexOf("Archive");
  assertEquals(seen[0], "New thread");
  assertEquals(seen.slice(threads, threads + 3), ["Archive", "Theme", "Conversation"]);
  assertEquals(seen.slice(-5), ["Message to Codex", "Picture", "Model", "Effort", "Send"]);
  await page.getByLabel("Message to Codex").focus();
  await page.keyboard.type("one");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("two");
  assertEquals(await page.getByLabel("Message to Codex").inputValue(), "one\ntwo");
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(() => true, () => false);
}
