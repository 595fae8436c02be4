import { approveReadOnly, type CommandApproval } from "../../../mod.ts";
import { DecisionNotOfferedError } from "../../../errors.ts";
import type { FakeMessage } from "../../../testing.ts";
import { assertEquals, assertThrows } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { asking, COMMAND, PARAMS } from "./_requests.ts";

test("CommandApproval.approveWithRule sends the proposed rule, and never an empty one [R-37]", async () => {
  const rules: unknown[] = [];
  await using fixture = await asking({
    onCommandApproval: (request) => {
      rules.push(request.proposedRule);
      if (request.proposedRule !== null) return request.approveWithRule();
      assertThrows(() => request.approveWithRule(), DecisionNotOfferedError);
      return "decline";
    },
  });
  const send = async (change: FakeMessage): Promise<unknown> =>
    (await fixture.server.request(COMMAND, { ...PARAMS[COMMAND], ...change })).result;
  const words = ["cat", "/etc/hostname"];
  const rule = { acceptWithExecpolicyAmendment: { execpolicy_amendment: words } };
  assertEquals(await send({}), { decision: rule });
  assertEquals(await send({ availableDecisions: null }), { decision: rule });
  assertEquals(await send({ availableDecisions: null, proposedExecpolicyAmendment: null }), {
    decision: "decline",
  });
  assertEquals(await send({ availableDecisions: ["accept"] }), { decision: "decline" });
  assertEquals([rules, fixture.diagnostics], [[words, words, null, null], []]);
});

test("CommandApproval.script is what the shell runs, and null if the command is not a plain shell call", async () => {
  const seen: CommandApproval[] = [];
  await using fixture = await asking({
    onCommandApproval: (request) => {
      seen.push(request);
      return "decline";
    },
  });
  const scripts: readonly (readonly [FakeMessage, string | null])[] = [
    [{ command: "/bin/bash -lc 'npm test'" }, "npm test"],
    [{ command: "/bin/zsh -c ls" }, "ls"],
    // Quoted as the real binary does.
    [{ command: String.raw`/bin/bash -lc "echo \"it's "'$HOME'` }, `echo "it's $HOME`],
    [{ command: "/bin/bash -lc 'echo one\necho two'" }, "echo one\necho two"],
    [{ command: "npm test" }, null],
    [{ command: "/bin/bash -lc npm test" }, null],
    [{ command: "/tmp/bash -lc 'npm test'" }, null],
    [{ command: "/bin/bash -ic 'npm test'" }, null],
    [{ command: "/bin/bash -lc 'npm test' ; rm x" }, null],
    [{ command: '/bin/bash -lc "npm test $(rm x)"' }, null],
    [{ command: null }, null],
    [{ kind: "writeStdin" }, null],
    [{ networkApprovalContext: { host: "x.example", protocol: "https" } }, null],
    [{ additionalPermissions: { network: { enabled: true }, fileSystem: null } }, null],
    [{ proposedNetworkPolicyAmendments: [{ host: "x.example", action: "allow" }] }, null],
    [{ additionalPermissions: null, proposedNetworkPolicyAmendments: [] }, "cat /etc/hostname"],
  ];
  for (const [change, script] of scripts) {
    await fixture.server.request(COMMAND, { ...PARAMS[COMMAND], ...change });
    assertEquals(seen.at(-1)?.script, script, JSON.stringify(change));
  }
  assertEquals(seen.length, scripts.length);
});

test("CommandApproval survives a server that sends no lists, and can still be declined [R-69]", async () => {
  const seen: unknown[] = [];
  await using fixture = await asking({
    onCommandApproval: (request) => {
      seen.push([
        request.availableDecisions,
        request.actions,
        request.script,
        request.proposedRule,
      ]);
      assertThrows(() => request.approve(), DecisionNotOfferedError);
      assertThrows(() => request.approveWithRule(), DecisionNotOfferedError);
      assertEquals(approveReadOnly(request), undefined);
      return "decline";
    },
  });
  for (const odd of [5, "accept", { accept: true }, true]) {
    const change = { availableDecisions: odd, commandActions: odd, command: [odd] };
    const { result } = await fixture.server.request(COMMAND, { ...PARAMS[COMMAND], ...change });
    assertEquals(result, { decision: "decline" });
  }
  const parts = { commandActions: [null, 5], proposedNetworkPolicyAmendments: { host: "x" } };
  const { result } = await fixture.server.request(COMMAND, {
    ...PARAMS[COMMAND],
    ...parts,
    availableDecisions: ["decline"],
  });
  assertEquals(result, { decision: "decline" });
  assertEquals(seen.slice(0, 4), Array(4).fill([[], [], null, null]));
  assertEquals(seen.slice(4), [[["decline"], [], null, null]]);
  assertEquals(fixture.diagnostics, []);
});
