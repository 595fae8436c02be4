/**
 * Runs a bundled program as in a slim container, as root and as other users, with and without a home, and in a plain
 * `chroot`: `deno task check:container`. It needs Linux and root.
 */
import { chmod, copyFile, mkdir } from "node:fs/promises";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { buildPackage } from "../../scripts/_npm/package.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { installTools, mustRun } from "../npm/_tools.ts";
import { bundleForNode, copyTree, makeProject, runtimeFolder } from "./_build.ts";
import { faultOfRun, type Outcome } from "./_runs.ts";

const work = mkdtempSync(join(tmpdir(), "codex-container-"));
globalThis.addEventListener("unload", () => rmSync(work, { recursive: true, force: true }));
const app = join(work, "app");
const skip = process.getuid?.() === 0 ? {} : { skip: "only root can make a root file system" };

/** Puts Node, the program, the runtime and certificates into one folder. */
async function prepare(): Promise<void> {
  await buildPackage(join(work, "npm"));
  await mkdir(join(app, "tls"), { recursive: true });
  const project = await makeProject(join(work, "project"), join(work, "npm"));
  await bundleForNode(project, join(app, "program.mjs"));
  await copyFile((await installTools()).program("Node 24"), join(app, "node"));
  await copyTree(runtimeFolder(), join(app, "codex"));
  // A certificate authority of this image alone, and a certificate for the model server on loopback.
  const openssl = (...args: string[]): Promise<string> =>
    mustRun(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-noenc", ...args],
      join(app, "tls"),
    );
  await openssl("-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca");
  await openssl(
    ...["-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=localhost"],
    ...["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=IP:127.0.0.1"],
    ...["-addext", "basicConstraints=critical,CA:FALSE"],
  );
  await chmod(join(app, "tls", "key.pem"), 0o644);
  for (const folder of [work, app]) await chmod(folder, 0o755);
}

interface Run {
  /** @default {"container"} */
  readonly how?: "container" | "chroot" | "bare";
  /** @default {0} */
  readonly uid?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly expect: Outcome;
}

function testRun(
  name: string,
  { how = "container", uid = 0, env = {}, args = [], expect }: Run,
): void {
  const enter = fileURLToPath(new URL("enter.sh", import.meta.url));
  const variables = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  const path = "PATH=/usr/bin:/bin";
  test(`Codex in a ${how}: ${name}`, async () => {
    const fault = await faultOfRun({
      name,
      command: [
        ...["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "bash", enter],
        ...[how, app, "setsid", "--wait", "setpriv", `--reuid=${uid}`, `--regid=${uid}`],
        ...["--clear-groups", "env", "-i", path, ...variables, "/opt/app/node"],
        "/opt/app/program.mjs",
      ],
      args: ["--beside", ...args],
      cwd: "/",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      expect,
    });
    assertEquals(fault, undefined);
  }, skip);
}

if (skip.skip === undefined) await prepare();

/** The state of Codex: with `/tmp`, all that is writable. */
const STATE = { CODEX_HOME: "/var/lib/codex" };
const command = "--command=echo from the sandbox";
const works: Outcome = { turn: true, command: /from the sandbox/ };
const refused = (message: RegExp): Outcome => ({ code: "transport_closed", message });

// Users with a name and a home, with a name and none, and without either.
for (const [user, uid] of Object.entries({ root: 0, nobody: 65_534, "a nameless user": 12_345 })) {
  const runs: readonly [string, Record<string, string>, Outcome][] = [
    ["no HOME, a CODEX_HOME", STATE, works],
    ["a read-only HOME, a CODEX_HOME", { HOME: "/home", ...STATE }, works],
    ["a missing HOME, a CODEX_HOME", { HOME: "/gone", ...STATE }, works],
    ["a read-only HOME, no CODEX_HOME", { HOME: "/home" }, refused(/\/home\/\.codex/)],
    ["a read-only CODEX_HOME", { CODEX_HOME: "/srv" }, refused(/\/srv/)],
    ["neither HOME nor CODEX_HOME", {}, refused(/[Rr]ead-only|home directory/)],
  ];
  for (const [name, env, expect] of runs) {
    testRun(`${user}, ${name}`, { uid, env, expect, args: "turn" in expect ? [command] : [] });
  }
}

// A model behind `https:`, whose certificate authority the image does not know. The server treats that as a network
// failure and retries forever: a time limit ends the turn.
const secure = { uid: 12_345, args: ["--tls=/opt/app/tls", "--timeout=5000"] };
const file = { SSL_CERT_FILE: "/opt/app/tls/ca.pem" };
testRun("https without certificates", {
  ...{ ...secure, env: STATE },
  expect: { code: "turn_timeout", message: /./ },
});
testRun("https with SSL_CERT_FILE", {
  ...secure,
  env: { ...STATE, ...file },
  expect: { turn: true },
});

// Inside a plain `chroot`, the system does not allow the namespaces that the sandbox needs.
testRun("a turn whose command has no sandbox", {
  ...{ how: "chroot", env: STATE, args: [command] },
  expect: { turn: true, command: /cannot establish|bubblewrap|bwrap/ },
});
testRun("a command without a sandbox", {
  ...{ how: "chroot", env: STATE, args: [command, "--sandbox=fullAccess"] },
  expect: { turn: true, command: /\nfrom the sandbox/ },
});
testRun("no /proc", { how: "bare", env: STATE, expect: refused(/executable path/) });
