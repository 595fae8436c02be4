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

/** Scripts that only read. */
const READING = [
  "cat a",
  "cat 'a;b' c/d.txt",
  "ls -la ~/src",
  "pwd",
  "head -n 5 f",
  "cd x && cat y",
  "rg -n foo src | head -20",
  'rg -n "foo bar" src',
  "find . -name '*.ts' -type f",
  "sed -n '1,200p' src/a.ts",
  "grep -rn foo . | cut -d: -f1 | wc -l",
  "nl -ba a; stat b",
  "cat -n f",
  "cat -- -f",
  "head -5 f; tail -n 20 f",
  "grep -rn foo",
  "grep -n -A 3 foo f",
  "grep --files-with-matches -r foo src",
  "grep -e foo f",
  "grep -rn '--include=*.ts' foo src",
  "rg --files | head",
  "rg -n --hidden --files -g '*.ts' src",
  "cd / && grep -A3 -n foo etc/passwd",
  "rg -g '*.ts' -n foo .",
  "ls /; ls; ls -l /etc",
  "cat a/../dev/zero ./dev/zero src/proc/a devices/dev", // not those places
  "cat ~/.config/a",
  "cd src; find . -type f | wc -l",
  "find . -path './node_modules' -prune -o -print",
  "readlink -f a; realpath b",
];

/** Scripts that only read, but may not end, or reach beyond the machine. */
const ENDLESS = [
  "cat /dev/zero | tail",
  "cat /dev/zero",
  "cat /dev/null", // harmless, and not worth an exception
  "grep x /dev/zero",
  "grep -f /dev/zero x",
  "grep -f/dev/zero x f",
  "grep '--file=/dev/zero' x",
  "head '--lines=1' /dev/random",
  "wc '--files0-from=/dev/zero'",
  "wc '--files0=list'",
  "cat /./dev/zero",
  "cat /tmp/../dev/zero",
  "cat ../dev/zero/../../dev/zero",
  "cat '/dev/zero'",
  'cat "/"dev/"zero"',
  "cat /DEV/zero", // a disk that ignores case
  "cat /dev",
  "cd /dev && cat zero",
  "cd /; cat dev/zero",
  "cd / | cat ../dev/zero",
  "cd ..; cat dev/zero",
  "cd nowhere; cat ../dev/zero",
  "cd nowhere && cd .. ; cat ../dev/zero",
  "cd - && cat zero",
  "cat ~+/../dev/zero",
  "cat ~-/zero",
  "cat ~root/x",
  "cat ~/../../dev/zero",
  "cd ~ && cat a", // where that is, is not known
  "cd / && grep -fnet/h/x /etc/passwd",
  "cd / && grep -nfnet/h/x /etc/passwd",
  "rg -- --files",
  "rg -f- x",
  "rg --file=- x",
  "grep -f- x",
  "grep -nf- x",
  "grep --file=- x",
  "grep -f - x",
  "rg -e --files",
  "rg -ne --files",
  "rg --regexp --files",
  "cat a~",
  "cat /proc/self/fd/0",
  "cat /proc/1/fd/3",
  "cat /proc/self/environ",
  "cat /proc/kmsg",
  "cat /sys/kernel/debug/tracing/trace_pipe",
  "ls //evil.example/share",
  "cat a//evil",
  "ls /net/evil.example",
  "find /net/evil.example -name x",
  "ls /afs/evil.example",
  "ls /Network/Servers",
  "cat",
  "cat -",
  "cat -n",
  "cat a -",
  "head -n 5",
  "head -n5",
  "head --lines 5",
  "tail -f log",
  "tail -F log",
  "tail -5f log",
  "tail -n 5 -f log",
  "tail --follow log",
  "tail --fol log",
  "tail --retry log",
  "tail '--pid=1' log",
  "tail +5f",
  "wc -l",
  "cut -d : -f 1",
  "nl -b a",
  "grep foo",
  "grep -e foo",
  "grep -A 3 foo",
  "grep -er",
  "grep -A3r foo",
  "grep -- -r",
  "rg -e foo -- ",
  "grep -D read foo f",
  "grep '--devices=read' -r foo",
  "grep '--devi=read' -r foo",
  "rg foo",
  "rg -e foo",
  "rg foo -",
  "sed -n 1,5p",
  "sed -n 1p /dev/zero",
  "cat a | cat - b; cat",
  "find / -name x",
  "find /. -name x",
  "find .. -name x",
  "rg foo /",
  "rg --files ..",
  "grep -r foo /",
  "grep -rn foo ..",
  "ls -R /",
  "ls -lR ..",
  "cd .. && find",
  "cd ..; rg --files",
  "find -files0-from list",
  "find . -newer /dev/stdin",
];

/** Scripts that do more, or might; comments name those that the server classified as reading. */
const MORE = [
  "cat a | xargs rm", // the server: read
  "cat a | tee b", // read
  "find . -delete", // listFiles
  "rg --pre ./evil x", // search
  "fd x -X rm", // search
  "git grep -Ovim x", // search
  `awk 'BEGIN{system("rm x")}' f`, // read
  "cat f | sed 's/x/y/w out'", // read
  "cat f | cut -c1 | sort -o g", // read
  "bat f", // read
  "less f", // read
  "cat a > b",
  "cat < a",
  "cat a >> b",
  "cat a && rm b",
  "cat a || rm b",
  "cat a & rm b",
  "cat a; rm b",
  "cat a\nrm b",
  "cat a |& tee b",
  "find . -exec rm {} \\;",
  "find . -exec rm {} +",
  "find . -fprintf out x",
  "find . -ok rm x",
  "rg -z x",
  "rg -nz x",
  "rg '--pre' ./evil x",
  "rg --search-zip x",
  "rg --hostname-bin ./evil x",
  "sed -n 'w out' f",
  "sed -i s/a/b/ f",
  "sed -n 1p f -i",
  "sed -n '1e rm x' f",
  "ls $(touch x)",
  "ls `touch x`",
  'ls "$(touch x)"',
  "cat <(touch x)",
  "cat $HOME/x",
  "cat *",
  "cat ?",
  "cat [a]",
  "cat {a,b}",
  "FOO=1 cat a",
  "env cat a",
  "./cat a",
  "/tmp/cat a",
  "sort -o f f",
  "xargs rm",
  "cat a # b",
  "cat 'a",
  'cat "a',
  "cat a |",
  "| cat a",
  "",
  "cd a b",
  "python3 -c 'print(1)'",
  "time cat a",
  "! cat a",
  "(cat a)",
  "cat a\\\nb",
  "cat a\rb",
  "cat\u00a0a", // looks like a space but is not one for a shell
  "cat\u2003a",
  "cat a\u2028rm b",
  "cat a\vb",
  "cat a\u0000b",
  "c\u0430t a", // a Cyrillic letter
  "cat a&&",
  "cat a;;rm b",
  "cat a &&& rm b",
  "cat a;&rm b",
  "cat ~+/$(rm x)",
  "cat =rm",
  "'FOO=1' cat a",
  "FOO='1' cat a",
  "PATH=. cat a",
  "cat a #'\n rm b'",
  `cat "a"b'c'$d`,
  'cat "!!"',
  'cat "a\\b"',
  "cat a\\ b",
  "cat $'a\\nb'",
  'cat $"a"',
  "cat 'a'\"'\"b'",
  "find . -execdir rm {} +",
  "find . '-delete'",
  "find . -okdir rm x",
  "find . -fprint0 out",
  "find . -fls out",
  "rg --pre=./evil x",
  "rg '-nz' x",
  "sed -n '1p;w out' f",
  "sed -n '1p' --in-place f",
  "sed -n 1,5p -- -i",
  "sed -n '$p' f",
  "sed -n '1p\nw out' f",
  "sed -nf x",
  "sed --quiet 1p f",
  "cd",
  "cd x && ./run",
  "cd x && cat 'a' && sh",
  "\\cat a",
  "'cat a'",
  "command cat a",
  "builtin cd x",
  "exec cat a",
  ". a",
  "source a",
  "echo a",
  "printf a",
  "tee a",
  "xxd a b", // writes to its second file
  "uniq a b",
  "sort a",
  "diff a b",
  "git log",
  "yes | cat a",
  "constructor x",
  "__proto__ x",
];

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
