import { localImage, skill } from "../../mod.ts";
import { PathNotFoundError } from "../../errors.ts";
import { type PeerFiles, tapTransport } from "../../transport.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import { test } from "../_support/test.ts";
import { answer, clientOf, type Connected, count, fakeServer } from "./_fixture.ts";

/** A client of a fake server on a machine with these files. */
async function openOn(look: PeerFiles["look"] | undefined): Promise<Connected> {
  const server = fakeServer();
  const client = clientOf(server, {
    connect: async (options) => {
      const { files: _none, ...transport } = tapTransport(await server.connect(options), {});
      const files = look && { look, readLink: () => Promise.resolve(undefined) };
      return files === undefined ? transport : { ...transport, files };
    },
  });
  await client.codex.connect();
  return client;
}

const disk: PeerFiles["look"] = (path) =>
  Promise.resolve(
    path.startsWith("/there/") ? "file" : path === "/there" ? "directory" : "missing",
  );

test("a cwd, image or skill that does not exist is refused before anything is sent", async () => {
  await using on = await openOn(disk);
  const { server, codex } = on;
  const opens = [
    () => codex.threadStart({ cwd: "/missing" }),
    () => codex.threadResume("thread-1", { cwd: "/missing" }),
    () => codex.threadFork("thread-1", { cwd: "/missing" }),
  ];
  for (const open of opens) {
    const { option, path, message } = await assertRejects(open, PathNotFoundError);
    assertEquals([option, path], ["cwd", "/missing"]);
    assertStringIncludes(message, "it does not exist on the server's machine. ");
    assertStringIncludes(message, 'use command(), ssh() or "launchArgsOverride"');
  }
  const file = await assertRejects(
    () => codex.threadStart({ cwd: "/there/a.png" }),
    PathNotFoundError,
  );
  assertStringIncludes(file.message, "it is not a directory");
  const thread = await codex.threadStart({ cwd: "/there" });
  const runs = [
    () => thread.run("hi", { cwd: "/missing" }),
    () => thread.run(["hi", localImage("/missing.png")]),
    () => thread.run(["hi", skill("s", "/missing/SKILL.md")]),
  ];
  for (const run of runs) await assertRejects(run, PathNotFoundError);
  const { message } = await assertRejects(
    () => thread.run(["hi", localImage("missing.png")]),
    PathNotFoundError,
  );
  assertStringIncludes(message, 'it does not exist below the "cwd" of the client');
  const sent = ["thread/start", "thread/resume", "thread/fork", "turn/start"];
  assertEquals(sent.map((method) => count(server, method)), [1, 0, 0, 0]);

  const running = thread.run(["hi", localImage("/there/a.png"), skill("s", "~/unknown.md")]);
  await server.nextRequest("turn/start");
  server.sendBatch(answer("done"));
  assertEquals((await running).finalResponse, "done");
});

test("a steer with an image that does not exist is refused, and the turn continues", async () => {
  await using on = await openOn(disk);
  const { server, codex } = on;
  const turn = await (await codex.threadStart()).turn("hi");
  await assertRejects(() => turn.steer(localImage("/missing.png")), PathNotFoundError);
  assertEquals(count(server, "turn/steer"), 0);
  server.sendBatch(answer("done"));
  assertEquals((await turn.run()).finalResponse, "done");
});

test("paths pass if the machine cannot be looked at, may not be, or does not answer", async () => {
  const looks = [
    undefined,
    () => Promise.resolve(undefined),
    () => Promise.reject(new Error("denied")),
    () => new Promise<undefined>(() => {}),
  ];
  for (const look of looks) {
    using _clock = fakeClock();
    await using on = await openOn(look);
    await on.codex.threadStart({ cwd: "/missing" });
    assertEquals(count(on.server, "thread/start"), 1);
  }
});
