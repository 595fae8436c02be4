/** The plain data of a request, for a user interface. */
import { isApproval } from "../../../mod.ts";
import type { UserRequestJson } from "../../../types.ts";
import type { ServerRequestMethod } from "../../../protocol.ts";
import { assert, assertEquals, assertStrictEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import {
  ask,
  asking,
  COMMAND,
  fileChangeStarted,
  FILES,
  MCP_TOOL,
  PARAMS,
  quiet,
  send,
  THREAD,
  TURN,
} from "./_requests.ts";

const METHODS = [
  COMMAND,
  FILES,
  "item/permissions/requestApproval",
  "item/tool/requestUserInput",
  "mcpServer/elicitation/request",
  "execCommandApproval",
  "applyPatchApproval",
] as const satisfies readonly ServerRequestMethod[];

test("UserRequest.toJSON returns everything to show of any kind as plain data, with the id to find the request by", async () => {
  await using fixture = await asking();
  const { codex, server, thread } = fixture;
  await using _reader = thread.requests();
  server.sendBatch([fileChangeStarted()]);
  for (const method of METHODS) send(fixture, method, method, PARAMS[method]);
  send(fixture, 7, "mcpServer/elicitation/request", MCP_TOOL);
  await quiet(fixture);
  const shown: UserRequestJson[] = JSON.parse(JSON.stringify(codex.openRequests()));
  assertEquals(shown.map(({ id, kind }) => [id, kind]), [
    [COMMAND, "commandApproval"],
    [FILES, "fileChangeApproval"],
    ["item/permissions/requestApproval", "permissionsApproval"],
    ["item/tool/requestUserInput", "userInput"],
    ["mcpServer/elicitation/request", "elicitation"],
    ["execCommandApproval", "execCommandApproval"],
    ["applyPatchApproval", "applyPatchApproval"],
    [7, "mcpToolApproval"],
  ]);
  for (const { id, method, threadId, turnId, params, item, ...more } of shown) {
    const sent = id === 7 ? MCP_TOOL : PARAMS[method];
    assertEquals<unknown>([threadId, turnId, params], [THREAD, sent.turnId ?? null, sent]);
    const changesFiles = method === FILES || method === "applyPatchApproval";
    assertEquals(Object.keys(more), changesFiles ? ["kind", "paths"] : ["kind"]);
    if (changesFiles) assertEquals(more.paths, ["/srv/a.md"]);
    assertEquals(item?.type ?? null, "itemId" in sent || "callId" in sent ? "fileChange" : null);
  }
  const [, change] = shown;
  assertEquals([change?.turnId, change?.item?.type === "fileChange" && change.item.changes], [
    TURN,
    [{ path: "/srv/a.md", kind: { type: "add" }, diff: "hello\n" }],
  ]);
  const found = codex.openRequests().find(({ id }) => id === 7);
  assert(found?.kind === "mcpToolApproval");
  assertStrictEquals(codex.openRequests().find(({ id }) => id === "7"), undefined);
  found.approve();
  for (const request of codex.openRequests()) request.decline();
});

test("UserRequest.toJSON is plain data even if the request names no item", async () => {
  await using fixture = await asking();
  await using reader = fixture.thread.requests();
  const reply = ask(fixture, COMMAND, PARAMS[COMMAND]);
  const { value } = await reader.next();
  assertEquals<unknown>(value?.toJSON(), {
    id: value?.id,
    kind: "commandApproval",
    method: COMMAND,
    threadId: THREAD,
    turnId: TURN,
    params: PARAMS[COMMAND],
    item: null,
  });
  value?.decline();
  await reply;
});

test("openRequests omits a request that was answered in the same tick", async () => {
  await using fixture = await asking();
  const { codex, thread } = fixture;
  await using _reader = thread.requests();
  send(fixture, 1, COMMAND);
  send(fixture, 2, COMMAND);
  await quiet(fixture);
  codex.openRequests()[0]?.decline();
  assertEquals([codex, thread].map((of) => of.openRequests().map(({ id }) => id)), [[2], [2]]);
  codex.openRequests()[0]?.decline();
});

test("isApproval distinguishes approvals from questions and elicitations", async () => {
  await using fixture = await asking();
  const { codex, thread } = fixture;
  await using _reader = thread.requests();
  for (const method of METHODS) send(fixture, method, method);
  await quiet(fixture);
  const approvals = codex.openRequests().filter(isApproval);
  assertEquals(approvals.map(({ method }) => method), [
    COMMAND,
    FILES,
    "item/permissions/requestApproval",
    "execCommandApproval",
    "applyPatchApproval",
  ]);
  for (const approval of approvals) approval.approve();
  for (const request of codex.openRequests()) request.decline();
});
