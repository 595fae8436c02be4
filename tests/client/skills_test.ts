import { InternalRpcError, InvalidStateError } from "../../errors.ts";
import { FakeAppServer } from "../../testing.ts";
import { assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { clientOf, type Connected } from "./_fixture.ts";

/** A skill as the server lists it; its other fields do not matter here. */
const skill = (name: string, enabled: boolean, path = `/s/${name}`): unknown => ({
  ...{ name, enabled, path },
});

async function open(): Promise<Connected> {
  const client = clientOf(new FakeAppServer());
  await client.codex.connect();
  return client;
}

test("Codex.skills.get returns the input for the first enabled skill of a name", async () => {
  await using client = await open();
  const { server, codex } = client;
  const skills = [skill("greet", false, "/a"), skill("greet", true, "/b"), skill("off", false)];
  server.on("skills/list", () => ({ data: [{ cwd: "/work", skills, errors: [] }] }));
  const input = await codex.skills.get("greet", { cwd: "/work", forceReload: true });
  assertEquals(input, { type: "skill", name: "greet", path: "/b" });
  await assertRejects(
    () => codex.skills.get("off"),
    InvalidStateError,
    'Cannot use the skill "off": it is disabled; call skills.enable("off")',
  );
  await assertRejects(() => codex.skills.get("gret"), InvalidStateError, '"/work" has only greet');
  assertEquals(server.received.slice(-3).map(({ params }) => params), [
    { cwds: ["/work"], forceReload: true },
    {},
    {},
  ]);
});

test("Codex.skills rejects what it cannot read, and what did not take effect [R-118]", async () => {
  await using client = await open();
  const { server, codex: { skills } } = client;
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    "skills/list": () => skills.list(),
    "skills/config/write": () => skills.enable("greet"),
    "skills/extraRoots/set": () => skills.setExtraRoots(["/more"]),
  };
  for (const [method, call] of Object.entries(calls)) {
    for (const reply of [null, "x", ...(method.endsWith("set") ? [] : [{}, { data: [] }])]) {
      server.on(method, (_params, request) => request.reply(reply));
      const error = await assertRejects(call, InternalRpcError);
      assertEquals([error.code, error.method], ["unreadable_reply", method]);
    }
  }
  server.on("skills/config/write", () => ({ effectiveEnabled: true }));
  await skills.enable("greet");
  await assertRejects(
    () => skills.disable("greet"),
    InvalidStateError,
    'Cannot disable the skill "greet"',
  );
  const before = server.received.length;
  const bad = [
    skills.get(""),
    skills.enable(""),
    skills.setExtraRoots("/more" as never),
    skills.setExtraRoots([5 as never]),
  ];
  for (const call of bad) await assertRejects(() => call, TypeError);
  assertEquals(server.received.length, before);
});
