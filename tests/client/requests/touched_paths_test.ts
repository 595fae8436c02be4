import { approveAll, Codex, type Diagnostic } from "../../../mod.ts";
import { PermissionError } from "../../../errors.ts";
import { type PeerFiles, tapTransport } from "../../../transport.ts";
import { changedPaths, resolvePaths } from "../../../src/client/requests/touched_paths.ts";
import { assertEquals } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { fakeServer } from "../_fixture.ts";
import { ask } from "./_requests.ts";

/** Reads the links of a disk that has nothing else. */
const disk = (links: Readonly<Record<string, string>>) => (path: string) =>
  Promise.resolve(links[path]);

async function resolved(
  named: readonly unknown[],
  links: Readonly<Record<string, string>> = {},
  cwd: string | null = "/work",
): Promise<readonly unknown[]> {
  const touched = await resolvePaths(named, { cwd, readLink: disk(links) });
  return touched === null ? [] : [...touched.paths, `in ${touched.cwd}`];
}

test("resolvePaths gives each path once, with what links lead to [R-112]", async () => {
  const links = {
    "/work/x.md": "run.sh",
    "/work/dangling.md": "../home/.profile",
    "/work/out": "/etc",
    "/work/twice.md": "x.md",
    "/tmp": "/private/tmp",
    "/deep": "/tmp/./a/../b",
  };
  const cases: readonly (readonly [string, ...string[]])[] = [
    ["/work/a.md", "/work/a.md"],
    ["/work/x.md", "/work/x.md", "/work/run.sh"],
    ["/work/twice.md", "/work/twice.md", "/work/run.sh"],
    ["/work/dangling.md", "/work/dangling.md", "/home/.profile"],
    ["/work/out/passwd", "/etc/passwd"],
    ["/work//./notes/../a.md", "/work/a.md"],
    ["/work/out/../a.md", "/a.md"], // `..` of where the link leads
    ["/work/out/..", "/"],
    ["/tmp/a", "/private/tmp/a"],
    ["/deep/a", "/private/tmp/b/a"],
    ["/", "/"],
    ["/..", "/"],
  ];
  for (const [path, ...expected] of cases) {
    assertEquals(await resolved([path], links), [...expected, "in /work"], path);
  }
  assertEquals(await resolved(["/work/run.sh", "/work/x.md"], links), [
    "/work/run.sh",
    "/work/x.md",
    "in /work",
  ]);
  assertEquals(await resolved(["/tmp/a"], links, "/tmp"), ["/private/tmp/a", "in /private/tmp"]);
  assertEquals(await resolved(["/tmp/a"], links, null), ["/private/tmp/a", "in null"]);
});

test("resolvePaths knows the paths of Windows [R-112]", async () => {
  const links = { "C:\\work\\x.md": "sub\\run.cmd", "C:\\work\\out": "D:\\data" };
  const cwd = "c:/work";
  const cases: readonly (readonly [string, ...string[]])[] = [
    ["C:\\work\\x.md", "C:\\work\\x.md", "C:\\work\\sub\\run.cmd"],
    ["C:\\work\\out/a\\..\\b", "D:\\data\\b"],
    ["C:\\..\\a", "C:\\a"],
    ["\\\\server\\share\\..\\a", "\\\\server\\share\\a"],
  ];
  for (const [path, ...expected] of cases) {
    assertEquals(await resolved([path], links, cwd), [...expected, "in c:\\work"], path);
  }
});

test("resolvePaths gives nothing where one path is not known [R-112]", async () => {
  const loop = { "/work/a": "b", "/work/b": "a" };
  assertEquals(await resolved(["/work/a"], loop), []);
  assertEquals(await resolved([]), []);
  for (const wrong of ["a.md", "", undefined, 1, "C:a"]) {
    assertEquals(await resolved(["/work/a.md", wrong]), [], String(wrong));
  }
  const denied = (path: string): Promise<undefined> =>
    path === "/work/secret" ? Promise.reject(new Error("denied")) : Promise.resolve(undefined);
  const cwd = "/work";
  assertEquals(await resolvePaths(["/a", "/work/secret/b"], { cwd, readLink: denied }), null);
});

test("resolvePaths stops waiting for a disk that does not answer [R-112]", async () => {
  using clock = fakeClock();
  const readLink = (): Promise<undefined> => new Promise(() => {});
  assertEquals(await resolvePaths(["/a"], { cwd: "/", readLink }), null);
  assertEquals(clock.elapsedMs, 5_000);
  const signal = AbortSignal.abort();
  assertEquals(await resolvePaths(["/a"], { cwd: "/", readLink, signal }), null);
});

test("changedPaths has the targets of moves, and marks what it cannot read [R-112]", () => {
  assertEquals(
    changedPaths([
      ["/a", { type: "add" }],
      ["/b", { type: "update", move_path: null }],
      ["/c", { type: "update", move_path: "/d" }],
      ["/e", { type: "update", move_path: 5 }],
      ["/f", null],
      [undefined, { type: "delete" }],
    ]),
    ["/a", "/b", "/c", "/d", "/e", 5, undefined, undefined],
  );
});

test("a missing permission to read links is reported once, with its flag [R-112]", async () => {
  const files: PeerFiles = {
    look: () => Promise.resolve(undefined),
    readLink: (path) =>
      Promise.reject(new PermissionError(`look at "${path}"`, `--allow-read=${path}`)),
  };
  await using server = fakeServer();
  const diagnostics: Diagnostic[] = [];
  const seen: unknown[] = [];
  await using codex = new Codex({
    connect: async (options) => ({ ...tapTransport(await server.connect(options), {}), files }),
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    onApplyPatchApproval: ({ paths }) => {
      seen.push(paths);
      return "decline";
    },
  });
  const thread = await codex.threadStart();
  await thread.turn("hi");
  for (let at = 0; at < 2; at++) await ask({ server }, "applyPatchApproval");
  assertEquals(seen, [null, null]);
  assertEquals(
    diagnostics.map((it) => it.kind === "unresolvedPaths" ? String(it.error) : it.kind),
    ['PermissionError: Cannot look at "/srv": run Deno with --allow-read=/srv'],
  );
});

test("the links are read by a transport whose files are an object of a class [R-112]", async () => {
  class Disk implements PeerFiles {
    readonly #links: Readonly<Record<string, string>> = { "/srv": "/real" };
    look(): Promise<undefined> {
      return Promise.resolve(undefined);
    }
    readLink(path: string): Promise<string | undefined> {
      return Promise.resolve(this.#links[path]);
    }
  }
  await using server = fakeServer();
  const seen: unknown[] = [];
  await using codex = new Codex({
    connect: async (options) => ({
      ...tapTransport(await server.connect(options), {}),
      files: new Disk(),
    }),
    approvals: (approval) => {
      if (approval.kind === "applyPatchApproval") seen.push(approval.paths);
      return approveAll(approval);
    },
  });
  const thread = await codex.threadStart();
  await thread.turn("hi");
  await ask({ server }, "applyPatchApproval");
  assertEquals(seen, [["/real/a.md"]]);
});
