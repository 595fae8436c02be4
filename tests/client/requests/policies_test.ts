import {
  type ApprovalPolicy,
  type ApprovalRequest,
  approveAll,
  approveReadOnly,
  declineAll,
  firstOf,
} from "../../../mod.ts";
import type { ServerRequestMethod } from "../../../protocol.ts";
import type { FakeMessage } from "../../../testing.ts";
import { isReadOnlyScript } from "../../../src/client/requests/read_only_script.ts";
import { shellScript } from "../../../src/client/requests/shell_script.ts";
import { assert, assertEquals, assertThrows } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { ENDLESS, MORE, READING } from "./_scripts.ts";
import { ask, asking, COMMAND, FILES, MCP_TOOL, PARAMS } from "./_requests.ts";

const APPROVALS: readonly ServerRequestMethod[] = [
  COMMAND,
  FILES,
  "item/permissions/requestApproval",
  "mcpServer/elicitation/request",
  "execCommandApproval",
  "applyPatchApproval",
];
const paramsOf = (method: ServerRequestMethod): FakeMessage =>
  method === "mcpServer/elicitation/request" ? MCP_TOOL : PARAMS[method];

/** A script as the server shows it: quoted for a shell. */
const shown = (script: string): string => {
  const quoted = script.includes("'") ? `"${script.replace(/[$`"\\]/g, "\\$&")}"` : `'${script}'`;
  return `/bin/bash -lc ${quoted}`;
};

test("approveReadOnly recognises reading commands itself, and does not rely on the server's classification [R-116]", () => {
  const isReadOnlyCommand = (command: string): boolean =>
    isReadOnlyScript(shellScript(command) ?? "", "/work");
  for (const script of READING) assert(isReadOnlyCommand(shown(script)), script);
  for (const script of [...MORE, ...ENDLESS]) assert(!isReadOnlyCommand(shown(script)), script);
  for (const path of ["cat ../../dev/zero", "ls -R ../..", "head -n 3 ../../../dev/tty"]) {
    assert(!isReadOnlyScript(`cd ~ && ${path}`, "/work/a/b"), path);
    assert(!isReadOnlyScript(`cd ~/x && ${path}`, "/work/a/b"), path);
  }
  for (const cwd of [null, "", "work", "/dev", "/proc/self/fd", "//host/share", "/net/x"]) {
    assert(!isReadOnlyScript("cat a", cwd), String(cwd));
  }
  assert(!isReadOnlyScript("find .", "/") && !isReadOnlyScript("grep -rn foo", "/"));
  const asShown = ["/bin/bash -lc pwd", `/bin/zsh -c "sed -n '1,5p' f"`, "/usr/bin/sh -c 'ls'"];
  for (const command of asShown) assert(isReadOnlyCommand(command), command);
  const others = [
    "cat a",
    "/bin/bash 'cat a'",
    "/tmp/bash -lc 'cat a'",
    "bash -lc 'cat a'", // whichever comes first on PATH, or in the current folder on Windows
    "./bin/bash -lc 'cat a'",
    "/usr/bin/fish -c 'cat a'",
    "/bin/csh -c 'cat a'",
    "pwsh -Command 'cat a'",
    "cmd.exe /c 'cat a'",
    "/bin/bash -c 'cat a' '$0'",
    "/bin/bash --rcfile x -c 'cat a'",
    "/bin/bash -lc 'cat a'\n",
    "/bin/bash -lc cat\\ a",
    "/bin/bash -lc $'cat a'",
    "FOO=1 /bin/bash -lc 'cat a'",
    "/bin/bash -lc 'cat a' b",
    "/bin/bash -lc 'cat a' | sh",
    "/bin/bash -ilc 'cat a'",
    "/bin/bash -lc",
    "/bin/bash -lc |",
    "powershell -c 'cat a'",
    "",
  ];
  for (const command of others) assert(!isReadOnlyCommand(command), command);
});

test("approveReadOnly approves a plain reading command, and decides on nothing else [R-34]", async () => {
  await using fixture = await asking({ approvals: approveReadOnly });
  const accepted = '{"decision":"accept"}';
  assertEquals(await ask(fixture, COMMAND), accepted);
  const action = { type: "unknown", command: "cat /etc/hostname" };
  const other: FakeMessage[] = [
    { commandActions: [action] },
    { commandActions: [] },
    { commandActions: null },
    { command: null },
    { command: shown("cat a | xargs rm") },
    { kind: "writeStdin" },
    { kind: "humanCommand" },
    { networkApprovalContext: { host: "x.example", protocol: "https" } },
    { additionalPermissions: { network: { enabled: true }, fileSystem: null } },
    { additionalPermissions: {} },
    { kind: null },
    { command: "cat /etc/hostname" },
    { availableDecisions: [{ acceptWithExecpolicyAmendment: { execpolicy_amendment: ["cat"] } }] },
    { commandActions: [PARAMS[COMMAND].commandActions, action].flat() },
    { proposedNetworkPolicyAmendments: [{ host: "x.example", action: "allow" }] },
    { availableDecisions: ["cancel"] },
  ];
  for (const change of other) {
    const params = { ...PARAMS[COMMAND], ...change };
    assertEquals(await ask(fixture, COMMAND, params), '{"decision":"decline"}');
  }
  for (const method of APPROVALS.slice(1)) {
    assert(!/accept|approved|true/.test(await ask(fixture, method, paramsOf(method))), method);
  }
  assert(fixture.diagnostics.every(({ kind }) => kind === "unhandledRequest"));
});

test("approveAll and declineAll decide on every kind of approval, and on nothing else [R-34]", async () => {
  await using yes = await asking({ approvals: approveAll });
  await using no = await asking({ approvals: approveAll }, { approvals: declineAll });
  for (const method of APPROVALS) {
    const accepted = await ask(yes, method, paramsOf(method));
    assert(/"accept"|"approved"|"enabled":true/.test(accepted), accepted);
    const declined = await ask(no, method, paramsOf(method));
    assert(/decline|denied|"permissions":{}/.test(declined), declined);
  }
  assertEquals(await ask(yes, "item/tool/requestUserInput"), '{"answers":{}}');
  assertEquals(
    await ask(yes, "mcpServer/elicitation/request"),
    '{"action":"decline","content":null,"_meta":null}',
  );
});

test("firstOf asks the policies in order, and stops at the first that decides or answers", async () => {
  const asked: string[] = [];
  const pass: ApprovalPolicy = ({ kind }) => void asked.push(kind) as undefined;
  const answering = (request: ApprovalRequest): undefined => void request.cancel() as undefined;
  await using decides = await asking({ approvals: firstOf(pass, approveReadOnly, declineAll) });
  assertEquals(await ask(decides, COMMAND), '{"decision":"accept"}');
  assertEquals(await ask(decides, FILES), '{"decision":"decline"}');
  await using answers = await asking({ approvals: firstOf(pass, answering, pass, approveAll) });
  assertEquals(await ask(answers, COMMAND), '{"decision":"cancel"}');
  await using passes = await asking({ approvals: firstOf(pass) });
  assertEquals(await ask(passes, COMMAND), '{"decision":"decline"}');
  assertEquals(asked.length, 4);
  assertThrows(() => firstOf(pass, "accept" as never), TypeError);
});

test("a policy that throws declines and is reported, and a handler of the same scope takes precedence [R-33]", async () => {
  const approvals = (): never => {
    throw new Error("oops");
  };
  await using fixture = await asking({ approvals, onFileChangeApproval: () => "accept" });
  assertEquals(await ask(fixture, COMMAND), '{"decision":"decline"}');
  assertEquals(await ask(fixture, FILES), '{"decision":"accept"}');
  assertEquals(fixture.diagnostics.map(({ kind }) => kind), ["callbackError"]);
});
