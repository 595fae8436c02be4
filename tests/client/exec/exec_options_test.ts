/** The params of a command, and the options that are refused before anything is sent. */
import { type ExecOptions, Sandbox } from "../../../mod.ts";
import { assertEquals, assertThrows } from "../../_support/assert.ts";
import { kept } from "../_kept.ts";
import { test } from "../../_support/test.ts";
import { checkExec } from "../../../src/client/exec/exec_options.ts";
import { asked, openExec } from "./_exec_fixture.ts";

const NO_LIMITS = { disableTimeout: true, disableOutputCap: true, streamStdoutStderr: true };

function paramsOf(options: ExecOptions): object {
  return checkExec(["x"], options).params;
}

test("codex.exec sends no sandbox, folder or variable that is undefined", async () => {
  await using fixture = openExec();
  const command = ["git", "status"];
  fixture.codex.exec(command);
  command.pop(); // not sent yet
  const { params, processId } = await fixture.started();
  assertEquals(params, { command: ["git", "status"], ...NO_LIMITS, processId });
});

test("ExecOptions become the params of the protocol", () => {
  const command = ["x"];
  const cases: readonly (readonly [ExecOptions, object])[] = [
    [{}, NO_LIMITS],
    [{ timeoutMs: 0, tty: false, stdin: "none" }, NO_LIMITS],
    [{ timeoutMs: Infinity }, NO_LIMITS],
    [{ timeoutMs: 99.5 }, { timeoutMs: 100, disableOutputCap: true, streamStdoutStderr: true }],
    [{ maxOutputBytes: 0 }, { outputBytesCap: 0, disableTimeout: true, streamStdoutStderr: true }],
    [{ cwd: "sub" }, { ...NO_LIMITS, cwd: "sub" }],
    [{ env: { A: "1", B: undefined } }, { ...NO_LIMITS, env: { A: "1", B: null } }],
    [{ stdin: "pipe" }, { ...NO_LIMITS, streamStdin: true }],
    [{ input: "" }, { ...NO_LIMITS, streamStdin: true }],
    [{ tty: true }, { ...NO_LIMITS, streamStdin: true, tty: true }],
    [
      { tty: { rows: 3, cols: 4 } },
      { ...NO_LIMITS, streamStdin: true, tty: true, size: { rows: 3, cols: 4 } },
    ],
  ];
  for (const [options, params] of cases) assertEquals(paramsOf(options), { command, ...params });
});

test("ExecOptions.sandbox is a preset or a policy of the protocol", () => {
  const policyOf = (options: ExecOptions): unknown =>
    checkExec(["x"], options).params.sandboxPolicy;
  const workspace = {
    type: "workspaceWrite",
    writableRoots: [] as string[],
    networkAccess: false,
    excludeTmpdirEnvVar: false,
    excludeSlashTmp: false,
  } as const;
  assertEquals(policyOf({}), undefined);
  assertEquals(policyOf({ sandbox: Sandbox.readOnly }), { type: "readOnly", networkAccess: false });
  assertEquals(policyOf({ sandbox: Sandbox.fullAccess }), { type: "dangerFullAccess" });
  const elsewhere = { sandbox: Sandbox.readOnly, cwd: "/work" };
  assertEquals(policyOf(elsewhere), { type: "readOnly", networkAccess: false });
  assertEquals(policyOf({ sandbox: Sandbox.workspace }), workspace);
  assertEquals(policyOf({ sandbox: Sandbox.workspace, cwd: "sub" }), workspace);
  for (const cwd of ["/work", "C:\\work"]) {
    const policy = policyOf({ sandbox: Sandbox.workspace, cwd });
    assertEquals(policy, { ...workspace, writableRoots: [cwd] });
  }
  const own = { ...workspace, networkAccess: true };
  assertEquals(policyOf({ sandbox: own, cwd: "/work" }), own);
});

test("codex.exec rejects invalid options and sends nothing", async () => {
  await using fixture = openExec();
  const { codex, server } = fixture;
  const commands: readonly (readonly [unknown, string])[] = [
    [
      "git status",
      'because no shell runs it: write ["git", "status"], or ["sh", "-c", "git status"]',
    ],
    [[], "an array of the program and its arguments, got []"],
    [undefined, "an array of the program"],
    [[""], "must not be empty"],
    [["a", 5], "must be a string without NUL, got 5"],
    [["a\0b"], "must be a string without NUL"],
  ];
  for (const [command, message] of commands) {
    assertThrows(() => codex.exec(command as string[]), TypeError, message);
  }
  const locked = new ReadableStream<Uint8Array>();
  locked.getReader();
  const kinds: readonly (readonly [unknown, string])[] = [
    ["text", "The options of exec() must be an object"],
    [{ cwd: "" }, '"cwd" must be a path'],
    [{ cwd: "/a\0b" }, '"cwd" must be a path'],
    [{ stdin: "inherit" }, '"stdin" must be "none" or "pipe"'],
    [{ stdin: "pipe", input: "x" }, "cannot be combined"],
    [{ input: 5 }, '"input" must be'],
    [{ input: locked }, "must not be locked"],
    [{ sandbox: "none" }, '"sandbox" must be one of'],
    [{ env: [] }, '"env" must be an object'],
    [{ env: { A: 5 } }, 'The environment variable "A"'],
    [{ env: { "A=B": "x" } }, "is not a valid name"],
    [{ env: { "": "x" } }, "is not a valid name"],
  ];
  for (const [options, message] of kinds) {
    assertThrows(() => codex.exec(["x"], options as ExecOptions), TypeError, message);
  }
  for (
    const options of [
      { timeoutMs: -1 },
      { timeoutMs: NaN },
      { maxOutputBytes: -1 },
      { maxBufferBytes: 1.5 },
      { tty: { rows: 0, cols: 1 } },
      { tty: { rows: 1, cols: 70_000 } },
    ]
  ) {
    assertThrows(() => codex.exec(["x"], options), RangeError);
  }
  await codex.connect();
  assertEquals([kept(codex).operations.size, asked(server)], [0, []]);
});
