import { fileURLToPath } from "node:url";
import ts from "typescript";
import type {
  ClientMethod,
  ClientParams,
  ClientResult,
  ExperimentalClientMethod,
  KnownServerNotification,
  KnownServerRequest,
  NotificationParams,
  ServerRequestResult,
  StableClientMethod,
  Thread,
  ThreadStartParams,
} from "../../protocol.ts";
import { assert, assertArrayIncludes, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { withModelEndpoint } from "./_model_endpoint.ts";
import { askBinary, type Question } from "./_ask_binary.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

/** Only compiles for the type `true`. */
function holds<T extends true>(..._proof: T[]): void {}

test("ClientParams and ClientResult look up a method [R-71]", () => {
  holds<Equal<ClientParams<"thread/start">, ThreadStartParams>>();
  holds<Equal<ClientResult<"thread/start">["thread"], Thread>>();
  holds<Equal<ClientParams<"account/logout">, undefined>>();
  holds<undefined extends ClientParams<"account/usage/read"> ? true : false>();
  holds<null extends ClientParams<"remoteControl/enable"> ? true : false>();
  holds<Equal<ClientResult<"config/batchWrite">, ClientResult<"config/value/write">>>();
  holds<Equal<ClientMethod, StableClientMethod | ExperimentalClientMethod>>();
  holds<Equal<StableClientMethod & ExperimentalClientMethod, never>>();
  holds<"project/list" extends ExperimentalClientMethod ? true : false>();
  holds<"turn/start" extends StableClientMethod ? true : false>();
  const params: ClientParams<"turn/start"> = {
    threadId: "t",
    input: [{ type: "text", text: "hi", text_elements: [] }],
  };
  // @ts-expect-error -- the thread is not optional
  const wrong: ClientParams<"turn/start"> = { input: [] };
  assert(params.threadId === "t" && wrong.input.length === 0);
});

test("KnownServerNotification narrows by its method [R-71]", () => {
  const delta: NotificationParams<"item/agentMessage/delta"> = {
    threadId: "t",
    turnId: "u",
    itemId: "i",
    delta: "hi",
  };
  const known: KnownServerNotification = { method: "item/agentMessage/delta", params: delta };
  const read = (it: KnownServerNotification): string =>
    it.method === "item/agentMessage/delta" ? it.params.delta : it.method;
  assertEquals(read(known), "hi");
});

test("KnownServerRequest narrows by its method, ServerRequestResult fits it [R-71]", () => {
  const answer = (it: KnownServerRequest): unknown => {
    if (it.method !== "item/fileChange/requestApproval") return it.method;
    holds<Equal<typeof it.params.itemId, string>>();
    const result: ServerRequestResult<typeof it.method> = { decision: "decline" };
    return result;
  };
  const params = {} as never;
  const asked = { id: 1, method: "item/fileChange/requestApproval", params } as const;
  assertEquals(answer(asked), { decision: "decline" });
});

const QUESTIONS: readonly Question[] = [
  { method: "account/read", params: {} },
  { method: "account/gatewayOAuth/read" },
  { method: "accountSession/list", params: {} },
  { method: "model/list", params: {} },
  { method: "modelProvider/capabilities/read", params: {} },
  { method: "config/read", params: { includeLayers: true } },
  { method: "configRequirements/read" },
  { method: "memory/status", params: {} },
  { method: "project/list", params: {} },
  { method: "skills/list", params: {} },
  { method: "hooks/list", params: {} },
  { method: "mcpServerStatus/list", params: {} },
  { method: "experimentalFeature/list", params: {} },
  { method: "collaborationMode/list", params: {} },
  { method: "permissionProfile/list", params: {} },
  { method: "server/diagnostics", params: {} },
  { method: "remoteControl/status/read" },
  { method: "windowsSandbox/readiness" },
  { method: "externalAgentConfig/import/readHistories" },
  { method: "config/mcpServer/reload" },
  { method: "thread/start", params: { sandbox: "read-only", approvalPolicy: "never" } },
  {
    method: "turn/start",
    from: (answers) => ({
      threadId: (answers.at(-1)?.result as ClientResult<"thread/start">).thread.id,
      input: [{ type: "text", text: "hi", text_elements: [] }],
    }),
    until: "turn/completed",
  },
  { method: "thread/list", params: {} },
  { method: "thread/loaded/list", params: {} },
  {
    method: "thread/read",
    from: (answers) => ({
      threadId: (answers.at(-1)?.result as ClientResult<"thread/loaded/list">).data[0],
      includeTurns: true,
    }),
  },
  { method: "account/logout" },
];

/** Where the binary deviates from its own schema: a missing field for `null`, and `null` for a missing one. */
const DEVIATIONS: readonly string[] = [
  `ClientResult<"config/read">: Property 'disabledReason' is missing`,
  `ClientResult<"skills/list">: Type 'null' is not assignable to type 'string | undefined'.`,
];

test("ClientResult and NotificationParams fit what the real binary sends [R-71]", async () => {
  const { answers, notifications } = await withModelEndpoint((modelUrl) =>
    askBinary(QUESTIONS, { modelUrl })
  );
  const lines = answers.map(({ method, result, error }) => {
    assertEquals(error, undefined, method);
    return `export const _: ClientResult<"${method}"> = ${JSON.stringify(result)};`;
  });
  assertArrayIncludes(notifications.map((it) => it.method), [
    "thread/started",
    "turn/started",
    "item/completed",
    "thread/tokenUsage/updated",
    "turn/completed",
  ]);
  for (const { method, params } of notifications) {
    lines.push(`export const _: NotificationParams<"${method}"> = ${JSON.stringify(params)};`);
  }
  assertEquals(typeErrors(lines), DEVIATIONS);
  const bad = `export const _: ClientResult<"memory/status"> = {"v2Ready":1,"more":true};`;
  assertEquals(typeErrors([bad]).length, 1);
}, { timeoutMs: 60_000 });

/** Type-checks the lines and returns the compiler's errors by type, each once. */
function typeErrors(lines: readonly string[]): string[] {
  const path = fileURLToPath(new URL("../../_wire_values.ts", import.meta.url));
  const body = lines.map((line, index) => line.replace("const _:", `const _${index}:`));
  const head = 'import type { ClientResult, NotificationParams } from "./protocol.ts";';
  const text = [head, ...body].join("\n");
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === path || fileExists.call(host, name);
  host.getSourceFile = (name, ...rest) =>
    name === path
      ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2024)
      : getSourceFile.call(host, name, ...rest);
  const program = ts.createProgram([path], options, host);
  const messages = ts.getPreEmitDiagnostics(program).map((it) => {
    const start = it.file?.getLineAndCharacterOfPosition(it.start ?? 0);
    const subject = body[(start?.line ?? 0) - 1]?.match(/: (.+?>) = /)?.[1];
    const said = ts.flattenDiagnosticMessageText(it.messageText, "\n");
    return `${subject}: ${said.replace(/ in type [^]*/, "")}`;
  });
  return [...new Set(messages)];
}
