import {
  explainCommand,
  explainSsh,
  NO_CWD_CODE,
  programNotFound,
} from "../../src/process/remote_failures.ts";
import { assert, assertEquals, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("explainSsh tells failures apart by what ssh prints last [R-109]", () => {
  const cases: readonly (readonly [string | undefined, number | null, string])[] = [
    ["unknownHost", 255, "ssh: Could not resolve hostname box: Name or service not known"],
    ["unreachable", 255, "ssh: connect to host box port 22: Connection refused"],
    ["unreachable", 255, "ssh: connect to host box port 22: No route to host"],
    ["unreachable", 255, "kex_exchange_identification: Connection closed by remote host"],
    ["loginRefused", 255, "me@box: Permission denied (publickey,password)."],
    ["loginRefused", 255, "Received disconnect from 1 port 22:2: Too many authentication failures"],
    [
      "hostKey",
      255,
      "No ED25519 host key is known for box and you have requested strict checking.",
    ],
    ["hostKey", 255, "Host key verification failed."],
    ["notResponding", 255, "Timeout, server box not responding."],
    ["connectionLost", 255, "client_loop: send disconnect: Broken pipe"],
    ["connectionLost", 255, ""],
    ["codexNotFound", 127, "sh: 1: exec: codex: not found"],
    ["codexNotFound", 126, "sh: 1: exec: /etc/passwd: Permission denied"],
    ["cwdNotFound", NO_CWD_CODE, "sh: 1: cd: can't cd to /none"],
    [
      "notRunning",
      1,
      `log\nError: failed to connect to socket at /s\n\nCaused by:\n${"  x\n".repeat(9)}`,
    ],
    // The server itself ended.
    [undefined, 1, "error: config.toml is broken; Permission denied"],
    [undefined, 0, ""],
    [undefined, null, ""],
    // What the other side prints before does not count.
    [
      "notResponding",
      255,
      `Permission denied${"\nlog".repeat(9)}\r\nTimeout, server b not responding.`,
    ],
  ];
  for (const [reason, code, stderrTail] of cases) {
    const error = explainSsh("box", { code, stderrTail });
    assertEquals(error?.reason, reason, stderrTail);
    if (error === undefined) continue;
    assertEquals([error.exitCode, error.stderrTail], [code, stderrTail]);
    assertStringIncludes(error.message, `Cannot reach codex app-server on "box" over ssh: `);
    const line = reason === "notRunning" ? "at /s)" : stderrTail.split(/[\r\n]+/).at(-1);
    assertStringIncludes(error.message, line ?? "");
  }
});

test("explainCommand tells failures apart by what docker, podman, kubectl and wsl print [R-109]", () => {
  const daemon = "Error response from daemon: ";
  const oci = "OCI runtime exec failed: exec failed: unable to start container process: ";
  const cases: readonly (readonly [string | undefined, number | null, string])[] = [
    ["notRunning", 1, `${daemon}No such container: box`],
    ["notRunning", 1, `${daemon}container 0a1b is not running`],
    ["notRunning", 125, `Error: no container with name or ID "box" found: no such container`],
    ["notRunning", 1, `Error from server (NotFound): pods "box" not found`],
    ["notRunning", 1, `error: unable to upgrade connection: container not found ("box")`],
    ["notRunning", 1, [..."There is no distribution with the supplied name."].join("\0")],
    ["unreachable", 1, "Cannot connect to the Docker daemon at unix:///var/run/docker.sock."],
    ["unreachable", 1, "permission denied while trying to connect to the docker API"],
    ["unreachable", 1, "The connection to the server localhost:8080 was refused"],
    ["codexNotFound", 127, `${oci}exec: "codex": executable file not found in $PATH: unknown`],
    ["codexNotFound", 1, "command terminated with exit code 127"],
    ["codexNotFound", 127, "sh: 1: codex: not found"],
    ["notRunning", 1, "Error: failed to connect to socket at /s\n\nCaused by:"],
    ["cwdNotFound", 126, `${oci}chdir to cwd ("/x") set in config.json failed: no such file`],
    [undefined, 1, "error: config.toml is broken"],
    [undefined, 0, "No such container"],
    [undefined, null, "No such container"],
  ];
  for (const [reason, code, stderrTail] of cases) {
    const error = explainCommand("docker", { code, stderrTail });
    assertEquals(error?.reason, reason, stderrTail);
    if (error !== undefined) assertStringIncludes(error.message, `server with "docker": `);
  }
});

test("programNotFound keeps its cause, and a message is short [R-109]", () => {
  const cause = new Error("searched");
  const error = programNotFound("ssh", cause);
  assertEquals([error.reason, error.cause, error.exitCode], ["programNotFound", cause, null]);
  const long = explainSsh("box", { code: 127, stderrTail: "x".repeat(5_000) });
  assert((long?.message.length ?? 0) < 800);
});
