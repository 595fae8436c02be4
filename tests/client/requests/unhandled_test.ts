/** What becomes of the requests that nobody here answers: an onlooker leaves them to the other clients. */
import { Codex, type CodexOptions, type UserRequest } from "../../../mod.ts";
import type { ServerRequestMethod } from "../../../protocol.ts";
import { assert, assertEquals, assertThrows } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { kept } from "../_kept.ts";
import { completed } from "../_fixture.ts";
import {
  answers,
  ask,
  type Asking,
  asking,
  COMMAND,
  FILES,
  PARAMS,
  quiet,
  send,
  settled,
  THREAD,
} from "./_requests.ts";

const METHODS = Object.keys(PARAMS) as ServerRequestMethod[];
const OTHERS = ["from/the/future"] as never[];

/** A client that only watches, on a thread that another one started. */
function watching(options: CodexOptions = {}): Promise<Asking> {
  return asking({ unhandled: "leave", ...options });
}

/** How many requests the client still knows. */
function openIn({ codex }: Asking): number {
  return kept(codex).requests.open.size;
}

test("unhandled: leave answers no request that nobody handles, and forgets it when the server resolves it or its turn ends [R-96]", async () => {
  await using fixture = await watching();
  const { codex, server } = fixture;
  const all = [...METHODS, ...OTHERS];
  for (const method of all) send(fixture, method, method, PARAMS[method] ?? {});
  await quiet(fixture);
  assertEquals(all.flatMap((id) => answers(fixture, id)), []);
  assertEquals(fixture.diagnostics, []);
  assertEquals([codex.openRequests().length, openIn(fixture)], [7, all.length]);
  assertEquals(fixture.thread.openRequests().length, 7);
  // Of the turn are all but the legacy approvals and those that name no thread.
  server.sendBatch([completed()]);
  await quiet(fixture);
  const left = ["execCommandApproval", "applyPatchApproval", "attestation/generate"];
  left.push("account/chatgptAuthTokens/refresh", ...OTHERS);
  assertEquals(openIn(fixture), left.length);
  for (const requestId of left) {
    server.notify("serverRequest/resolved", { threadId: THREAD, requestId });
  }
  await quiet(fixture);
  assertEquals([codex.openRequests().length, openIn(fixture)], [0, 0]);
  assertEquals(all.flatMap((id) => answers(fixture, id)), []);
});

test("unhandled: leave shows a request to readers, also to later ones, and any of them can answer it [R-96]", async () => {
  using clock = fakeClock({ limitMs: 120_000 });
  await using fixture = await watching({ approvalTimeoutMs: 1_000 });
  const { codex, thread } = fixture;
  const early = thread.requests({ kinds: ["fileChangeApproval"] });
  send(fixture, 1, COMMAND);
  send(fixture, 2, FILES);
  await quiet(fixture);
  assertEquals(early.pending, 1);
  await early.return(); // passes it on, to nobody
  await quiet(fixture);
  await clock.advance(60_000); // the limit is for those who answer here
  assertEquals([answers(fixture, 1), answers(fixture, 2)], [[], []]);
  await using ofThread = thread.requests();
  await using ofClient = codex.requests();
  assertEquals([ofThread.pending, ofClient.pending], [2, 2]);
  const { value: first } = await ofThread.next();
  const { value: same } = await ofClient.next();
  assert(first !== undefined && first === same);
  if (first.kind !== "commandApproval") throw new Error(first.kind);
  first.approve();
  await quiet(fixture);
  assertEquals(answers(fixture, 1), [{ id: 1, result: { decision: "accept" } }]);
  // Another client answers.
  fixture.server.notify("serverRequest/resolved", { threadId: THREAD, requestId: 2 });
  await quiet(fixture);
  assertEquals([ofThread.pending, ofClient.pending, openIn(fixture)], [0, 0, 0]);
  assertEquals(answers(fixture, 2), []);
});

test("unhandled: leave changes nothing for a request with a handler, even one that throws [R-96]", async () => {
  const passedOn: UserRequest[] = [];
  await using fixture = await watching({
    onCommandApproval: () => "accept",
    onFileChangeApproval: () => {
      throw new Error("broken");
    },
    onUserInput: (request) => void passedOn.push(request),
  });
  assertEquals(await ask(fixture, COMMAND), '{"decision":"accept"}');
  assertEquals(await ask(fixture, FILES), '{"decision":"decline"}');
  // Removed from the protocol, but older servers send it, and any client has the right answer.
  assert((await ask(fixture, "currentTime/read" as never, {})).includes("currentTimeAt"));
  send(fixture, "q", "item/tool/requestUserInput");
  await quiet(fixture);
  assertEquals([passedOn.length, answers(fixture, "q")], [1, []]);
});

test("unhandled: leave keeps at most 10,000 requests", async () => {
  await using fixture = await watching();
  for (let id = 0; id < 10_100; id++) send(fixture, id, COMMAND);
  await settled(fixture);
  await quiet(fixture);
  assertEquals([openIn(fixture), fixture.codex.openRequests().length], [10_000, 10_000]);
  assertEquals(fixture.server.received.filter((message) => "result" in message), []);
}, { timeoutMs: 30_000 });

test("unhandled declines by default, and is checked", async () => {
  await using fixture = await asking({ unhandled: "decline" });
  assertEquals(await ask(fixture, COMMAND), '{"decision":"decline"}');
  for (const unhandled of ["ignore", true, null]) {
    assertThrows(
      () => new Codex({ unhandled: unhandled as never }),
      TypeError,
      '"unhandled" must be "decline" or "leave"',
    );
  }
});
