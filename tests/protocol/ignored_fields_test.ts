import type { ProtocolConnection } from "../../src/protocol/connection.ts";
import { NEWER_FIELDS } from "../../src/protocol/newer_fields.ts";
import { PROTOCOL_VERSION } from "../../src/generated/version.ts";
import type { Diagnostic } from "../../src/util/diagnostics.ts";
import { Codex } from "../../mod.ts";
import { FakeAppServer } from "../../testing.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { Opening } from "./_open.ts";

/** A server of a version, and the diagnostics of a client of it, except about the version. */
async function ignoredBy(
  version: string,
  use: (connection: ProtocolConnection) => Promise<unknown>,
): Promise<Diagnostic[]> {
  await using server = new FakeAppServer({ userAgent: `test/${version} (x)` });
  for (const method of ["thread/list", "turn/start", "model/list"]) server.on(method, () => ({}));
  const opening = new Opening(server.connect);
  const connection = await opening.open();
  await use(connection);
  await connection.close();
  return opening.diagnostics.filter(({ kind }) => kind !== "untestedVersion");
}

function ignored(method: string, field: string, version: string): Diagnostic {
  const since = NEWER_FIELDS[method]?.[field] ?? "";
  return { kind: "ignoredField", method, field, since, version };
}

test("ProtocolConnection.request reports each field that an older runtime ignores, once [R-72]", async () => {
  const seen = await ignoredBy("0.155.1", async (connection) => {
    for (let n = 0; n < 2; n++) {
      await connection.request("thread/list", { limit: 1, excludedThreadIds: ["a"] });
    }
    await connection.request("thread/list", { excludedThreadIds: [], includedThreadIds: ["b"] });
  });
  assertEquals(seen, [
    ignored("thread/list", "excludedThreadIds", "0.155.1"),
    ignored("thread/list", "includedThreadIds", "0.155.1"),
  ]);
});

test("ProtocolConnection.request reports a field inside another one by its path [R-72]", async () => {
  const toolOutput = { retain: true } as never;
  const turn = { threadId: "t", input: [] };
  const seen = await ignoredBy("0.155.1", async (connection) => {
    await connection.request("turn/start", { ...turn, toolOutput: null });
    await connection.request("turn/start", { ...turn, toolOutput: {} as never });
    await connection.request("turn/start", { ...turn, toolOutput });
  });
  assertEquals(seen, [ignored("turn/start", "toolOutput.retain", "0.155.1")]);
});

test("ProtocolConnection.request reports no field that is unset or known to the runtime [R-72]", async () => {
  const list = { excludedThreadIds: ["a"] };
  const unset = { excludedThreadIds: null, includedThreadIds: undefined } as never;
  assertEquals(await ignoredBy("0.155.1", (one) => one.request("thread/list", unset)), []);
  for (const version of ["0.163.0", PROTOCOL_VERSION, "9.0.0", "0.0.0", "unknown"]) {
    const seen = await ignoredBy(version, async (connection) => {
      await connection.request("thread/list", list);
      await connection.request("model/list", undefined as never);
    });
    assertEquals(seen, [], version);
  }
});

test("Codex.threadList reports an option that the runtime ignores to onDiagnostic [R-72]", async () => {
  const version = "0.160.1";
  await using server = new FakeAppServer({ userAgent: `codex_app_server_sdk/${version} (x)` });
  server.on("thread/list", () => ({ data: [], nextCursor: null }));
  const seen: Diagnostic[] = [];
  await using codex = new Codex({
    connect: server.connect,
    onDiagnostic: (one) => seen.push(one),
  });
  await codex.threadList({ excludedThreadIds: ["a"] });
  assertEquals(seen.slice(1), [ignored("thread/list", "excludedThreadIds", version)]);
});

test("NEWER_FIELDS contains only methods and versions that the SDK knows", () => {
  for (const [method, fields] of Object.entries(NEWER_FIELDS)) {
    assert(/^\w+(\/\w+)+$/.test(method) && Object.keys(fields).length > 0, method);
    for (const since of Object.values(fields)) assert(/^\d+\.\d+\.\d+$/.test(since), since);
  }
});
