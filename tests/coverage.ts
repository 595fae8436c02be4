/** How each method of the protocol is reached: `deno task parity` writes the table. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientMethod } from "../protocol.ts";
import { filesUnder, projectRoot } from "../scripts/_lib/project.ts";
import { CLIENT_METHODS } from "../src/generated/methods.ts";

/**
 * A text, and the methods that it is about: a recipe if the text begins with a link, otherwise the reason to leave them to
 * `codex.request()`. For a method that the SDK sends without a comment that names it, what sends it.
 */
type CoverageNote = readonly [text: string, ...methods: ClientMethod[]];

const notes: readonly CoverageNote[] = [
  // Sent by the SDK, where no comment names the best member.
  ["`FsWatch`: leaving its loop", "fs/unwatch"],
  ["`Search.threads`", "thread/search", "thread/search/stream/cancel"],
  ["`Thread.read`", "thread/read"],
  ["`Thread.set`", "thread/settings/update"],
  ["`BackgroundTerminal.terminate`", "thread/backgroundTerminals/terminate"],

  // Recipes.
  [
    "[`thread.set({ collaborationMode })`](configure.md#plan-mode) takes the two modes of the list, which has no model of its own",
    "collaborationMode/list",
  ],
  [
    "[`configOverrides` or `config.write()`](configure.md#reading-and-writing-configtoml)",
    "experimentalFeature/enablement/set",
    "modelProvider/config/write",
    "modelProvider/default/set",
  ],
  [
    "[`config.write()`](configure.md#reading-and-writing-configtoml), also of one setting",
    "config/value/write",
  ],
  ["[`codex.account()`](faq.md#how-do-i-log-in)", "getAuthStatus"],
  [
    "[`thread.read()`](faq.md#how-do-i-show-an-old-conversation)",
    "getConversationSummary",
    "thread/items/read",
    "thread/timeline/list",
  ],
  ["[an external message](faq.md#how-do-i-pass-on-a-message-from-outside)", "thread/inject_items"],
  ["[`codex.exec()`](exec-and-files.md#running-commands) with `git`", "gitDiffToRemote"],
  [
    "[`codex.exec()`](exec-and-files.md#running-commands)",
    "process/kill",
    "process/resizePty",
    "process/spawn",
    "process/writeStdin",
    "thread/shellCommand",
  ],
  [
    "[`search.files()`](exec-and-files.md#finding-files); a session only adds results in between",
    "fuzzyFileSearch/sessionStart",
    "fuzzyFileSearch/sessionStop",
    "fuzzyFileSearch/sessionUpdate",
  ],
  ["[`search.threads()`](exec-and-files.md#finding-files)", "thread/search/cancel"],
  [
    "[`whenBusy`](faq.md#pitfalls) queues in this program; the server's queue is experimental",
    "thread/queue/add",
    "thread/queue/delete",
    "thread/queue/list",
    "thread/queue/reorder",
    "thread/queue/start",
    "thread/queue/update",
  ],
  [
    "[hooks](faq.md#hooks-checkpoints-and-session-stores) are configured, not called back",
    "hooks/list",
  ],

  // Left to codex.request().
  [
    "needs a ChatGPT account and its services, which no test here can reach",
    "account/rateLimitResetCredit/consume",
    "account/securitySetup/read",
    "account/sendAddCreditsNudgeEmail",
    "account/workspaceMessages/read",
    "app/installed",
    "app/list",
    "app/read",
    "feedback/upload",
    "plugin/share/checkout",
    "plugin/share/delete",
    "plugin/share/list",
    "plugin/share/save",
    "plugin/share/updateTargets",
  ],
  [
    "logins of companies, which no test here can reach",
    "account/bedrock/checkGovCloudRequirements",
    "account/bedrock/discover",
    "account/bedrock/setup",
    "account/gatewayOAuth/cancel",
    "account/gatewayOAuth/login",
    "account/gatewayOAuth/read",
    "account/gcp/setup",
    "accountSession/list",
    "accountSession/switch",
  ],
  [
    "installs software on the user's machine: the work of an application for plugins, from a network",
    "marketplace/add",
    "marketplace/remove",
    "marketplace/upgrade",
    "plugin/install",
    "plugin/installed",
    "plugin/list",
    "plugin/read",
    "plugin/reconcile",
    "plugin/search",
    "plugin/skill/read",
    "plugin/uninstall",
  ],
  [
    "moves the settings of another agent over: once per machine, by an installer",
    "externalAgentConfig/detect",
    "externalAgentConfig/import",
    "externalAgentConfig/import/readHistories",
    "externalAgentConfig/import/recordHistory",
  ],
  [
    "orders the list of threads of an editor: one request with one reply",
    "thread/attachment/add",
    "thread/attachment/list",
    "thread/attachment/remove",
    "thread/attachmentOwner/list",
    "thread/metadata/update",
    "thread/readState/update",
    "thread/section/move",
    "threadSection/create",
    "threadSection/delete",
    "threadSection/list",
    "threadSection/update",
    "project/create",
    "project/delete",
    "project/import",
    "project/list",
    "project/move",
    "project/read",
    "project/update",
  ],
  [
    "reads one list or value: one request with one reply",
    "experimentalFeature/list",
    "feedback/save",
    "modelProvider/capabilities/read",
    "modelProvider/list",
    "server/diagnostics",
    "thread/searchOccurrences",
  ],
  [
    "overrules the reviewing agent for an action that it denied: for an editor with a person",
    "thread/approveGuardianDeniedAction",
    "thread/guardianReview",
  ],
  [
    "the sandbox of Windows, on the machine of the server",
    "windowsSandbox/readiness",
    "windowsSandbox/setupStart",
  ],
  [
    "experimental: its shape changes between versions",
    "environment/add",
    "environment/info",
    "environment/status",
    "mcpServer/event/stream/start",
    "mcpServer/event/stream/stop",
    "memory/reset",
    "memory/status",
    "remoteControl/client/list",
    "remoteControl/client/revoke",
    "remoteControl/disable",
    "remoteControl/enable",
    "remoteControl/pairing/start",
    "remoteControl/pairing/status",
    "remoteControl/status/read",
    "rollout/compress",
    "thread/decrement_elicitation",
    "thread/increment_elicitation",
    "thread/memory/read",
    "thread/memoryMode/set",
    "thread/prediction/request",
    "thread/prepareApprovedPlan",
    "thread/realtime/appendAudio",
    "thread/realtime/appendSpeech",
    "thread/realtime/appendText",
    "thread/realtime/list",
    "thread/realtime/listVoices",
    "thread/realtime/start",
    "thread/realtime/stop",
    "thread/sample",
    "thread/sample/cancel",
    "userVerification/cancel",
    "userVerification/delete",
    "userVerification/enroll",
    "userVerification/status",
    "userVerification/verify",
  ],
  ["a method of the server's own tests", "mock/experimentalMethod"],
];

/** Returns docs/protocol-coverage.md: how each method of the protocol is reached, from the sources and the notes. */
export function coverageTable(): string {
  const files = ["src/codex.ts", ...filesUnder("src/client", ".ts")];
  const texts = files.map((file) => readFileSync(join(projectRoot, file), "utf8"));
  const all = texts.join("\n");
  const noted = new Map<string, string>(
    notes.flatMap(([text, ...methods]) => methods.map((method) => [method, text] as const)),
  );
  const counts = new Map<string, number>();
  const rows = Object.entries(CLIENT_METHODS).map(([method, stability]) => {
    const isSent = all.includes(`"${method}"`);
    const given = noted.get(method);
    const note = isSent && !given?.startsWith("`") ? faceOf(texts, method) ?? given : given;
    if (note === undefined) throw new Error(`tests/coverage.ts says nothing of "${method}"`);
    const kind = isSent ? "face" : note.startsWith("[") ? "recipe" : "raw";
    counts.set(`${stability} ${kind}`, (counts.get(`${stability} ${kind}`) ?? 0) + 1);
    return `| \`${method}\` | ${stability} | ${kind} | ${note} |`;
  });
  const total = (stability: string): string =>
    ["face", "recipe", "raw"].map((kind) => `${counts.get(`${stability} ${kind}`) ?? 0} ${kind}`)
      .join(", ");
  return [
    "# Methods of the protocol",
    "Every request of the protocol: the call of this SDK that sends it (face), another way to the same end (recipe), or " +
    "the reason why it is left to `codex.request()` (raw), which is typed for all of them. Generated by " +
    "`deno task parity` from the sources and `tests/coverage.ts`; do not edit.",
    `Stable: ${total("stable")}. Experimental: ${total("experimental")}.`,
    ["| method | stability | access | where, or why |", "|---|---|---|---|", ...rows].join("\n"),
  ].join("\n\n");
}

/** Returns the public member whose comment names the method. */
function faceOf(texts: readonly string[], method: string): string | undefined {
  for (const text of texts) {
    const at = text.indexOf(`(\`${method}\``);
    const member = /\*\/\s*(?:static )?(?:async )?(?:\*)?(?:get )?(\w+)/.exec(
      text.slice(Math.max(at, 0)),
    )?.[1];
    const owner = [...text.slice(0, Math.max(at, 0)).matchAll(/^export class (\w+)/gm)].at(-1)?.[1];
    if (at >= 0 && owner !== undefined && member !== undefined) return `\`${owner}.${member}\``;
  }
  return undefined;
}
