import { realpath } from "node:fs/promises";
import {
  AbstractChat,
  type ChatState,
  type ChatTransport,
  convertToModelMessages,
  lastAssistantMessageIsCompleteWithApprovalResponses,
  streamText,
} from "ai";
import { createCodex } from "../../ai.ts";
import {
  chatMessages,
  type CodexChatChunk,
  type CodexChatMessage,
  CodexChatTransport,
} from "../../ai/chat.ts";
import { createGateway } from "../../gateway.ts";
import { connect, type GatewayConnection, type LiveThread } from "../../gateway/client.ts";
import { deltas, gate, message, reasoning, shellCommand } from "../../testing.ts";
import { deferred } from "../../src/util/deferred.ts";
import { assert, assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

type Status = ChatState<CodexChatMessage>["status"];

/** The chat of `useChat`, without React. */
class PlainChat extends AbstractChat<CodexChatMessage> {
  readonly #changes: Set<() => void>;

  constructor(
    transport: ChatTransport<CodexChatMessage>,
    id: string,
    messages: CodexChatMessage[] = [],
  ) {
    const changes = new Set<() => void>();
    const changed = (): void => changes.forEach((change) => change());
    let [status, error, list]: [Status, Error | undefined, CodexChatMessage[]] = [
      "ready",
      undefined,
      messages,
    ];
    super({
      id,
      transport,
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
      state: {
        get status(): Status {
          return status;
        },
        set status(value) {
          status = value;
          changed();
        },
        get error(): Error | undefined {
          return error;
        },
        set error(value) {
          error = value;
        },
        get messages(): CodexChatMessage[] {
          return list;
        },
        set messages(value) {
          list = value;
          changed();
        },
        pushMessage: (one) => {
          list = [...list, one];
          changed();
        },
        popMessage: () => void (list = list.slice(0, -1)),
        replaceMessage: (at, one) => {
          list = list.with(at, structuredClone(one));
          changed();
        },
        snapshot: (value) => structuredClone(value),
      },
    });
    this.#changes = changes;
  }

  /** Waits until the chat is as it should be. */
  async until(isDone: () => boolean): Promise<void> {
    const done = deferred<void>();
    const check = (): void => {
      if (this.error !== undefined) done.reject(this.error);
      if (isDone()) done.resolve();
    };
    this.#changes.add(check);
    check();
    await done.promise;
    this.#changes.delete(check);
  }

  /** The last message in short. */
  get parts(): unknown[] {
    const { parts = [] } = this.lastMessage ?? {};
    return parts.flatMap((part): unknown[] => {
      if (part.type === "text" || part.type === "reasoning") return [[part.type, part.text]];
      if (part.type === "dynamic-tool") return [[part.toolName, part.state]];
      return part.type === "step-start" ? [] : [part.type];
    });
  }
}

/** A gateway and a page of it. */
async function opened(session: ScriptedCodex): Promise<
  AsyncDisposable & { readonly page: GatewayConnection; readonly thread: LiveThread }
> {
  const gateway = createGateway(session.codex, {
    authorize: () => "ann",
    workspaces: { work: session.scripted.home.workspace },
    realPath: realpath,
  });
  const page = connect("http://gateway.test", {
    fetch: (url, init) => gateway.fetch(new Request(url, init)),
  });
  const thread = await page.create({ workspace: "work" });
  return {
    page,
    thread,
    [Symbol.asyncDispose]: async () => {
      thread.close();
      await gateway.close();
    },
  };
}

test("a chat of the AI SDK over a gateway streams, resumes after a reload in a turn, and knows the history", async () => {
  await using session = await ScriptedCodex.start();
  const { model } = session;
  await using gateway = await opened(session);
  const { page, thread: { id } } = gateway;
  const transport = new CodexChatTransport(page);
  const chat = new PlainChat(transport, id);
  const paused = gate();
  model.enqueue(reasoning("Think"), shellCommand("echo hi", { callId: "a" }));
  model.enqueue(deltas(["Hel", paused, "lo"]));
  const sent = chat.sendMessage({ text: "hi" });
  await chat.until(() => JSON.stringify(chat.parts).includes("Hel"));
  assertEquals(chat.status, "streaming");
  const partial = [["reasoning", "Think"], ["commandExecution", "output-available"], [
    "text",
    "Hel",
  ]];
  assertEquals(chat.parts, partial);

  // Another page, or the same one after a reload.
  const later = new CodexChatTransport(page);
  const thread = await later.thread(id);
  const again = new PlainChat(later, id, await historyOf(thread));
  assertEquals(again.messages.map(({ role }) => role), ["user"]);
  const resumed = again.resumeStream();
  await again.until(() => JSON.stringify(again.parts).includes("Hel"));
  assertEquals(again.parts, partial);
  // Over the same transport, the answer begins again too.
  const third = new PlainChat(later, id, await historyOf(thread));
  const resumedAgain = third.resumeStream();
  await third.until(() => JSON.stringify(third.parts).includes("Hel"));
  paused.open();
  await Promise.all([sent, resumed, resumedAgain]);
  const whole = [...partial.slice(0, 2), ["text", "Hello"]];
  assertEquals([chat.parts, again.parts, third.parts], [whole, whole, whole]);
  assertEquals([chat.status, again.status], ["ready", "ready"]);
  assertEquals(chat.lastMessage?.metadata?.status, "completed");
  assertEquals(chat.lastMessage?.id, again.lastMessage?.id);
  // Nothing runs: there is nothing to resume.
  assertEquals(await later.reconnectToStream({ chatId: id }), null);

  const stored = new PlainChat(later, id, await historyOf(thread));
  assertEquals(stored.messages.map(({ role }) => role), ["user", "assistant"]);
  assertEquals(stored.parts, whole);
  await assertRejects(
    () =>
      later.sendMessages({
        chatId: id,
        messages: stored.messages,
        trigger: "regenerate-message",
        messageId: undefined,
        abortSignal: undefined,
      }),
    TypeError,
    "keeps its answers",
  );
  await assertRejects(() => later.reconnectToStream({ chatId: "nobody's" }), Error);
  // stop() interrupts the turn.
  const never = gate();
  model.enqueue(deltas(["begin", never]));
  const running = stored.sendMessage({ text: "once more" });
  await stored.until(() => JSON.stringify(stored.parts).includes("begin"));
  await stored.stop();
  await running;
  for await (const { turns } of thread.updates()) {
    if (turns.at(-1)?.status === "interrupted") break;
  }
  never.open();
  transport.close();
  later.close();
});

test("a chat of the AI SDK over a gateway shows approvals, before and after a reload, and goes on when they are answered [R-120]", async () => {
  await using session = await ScriptedCodex.start();
  const { model } = session;
  await using gateway = await opened(session);
  const { page, thread: { id } } = gateway;
  const transport = new CodexChatTransport(page);
  const chat = new PlainChat(transport, id);
  const ask = (one: PlainChat): string => {
    const part = one.lastMessage?.parts.findLast((part) => part.type === "dynamic-tool");
    assert(part?.type === "dynamic-tool" && part.state === "approval-requested");
    const data = one.lastMessage?.parts.findLast((part) => part.type === "data-request");
    assert(data?.type === "data-request" && data.data.request.script === "echo out");
    return part.approval.id;
  };
  model.enqueue(shellCommand("echo out", { escalate: "please", callId: "a" }));
  model.enqueue(shellCommand("echo out", { escalate: "please", callId: "b" }));
  model.enqueue(message("done"));
  await chat.sendMessage({ text: "run" });
  assertEquals(chat.parts, [["commandExecution", "approval-requested"], "data-request"]);
  await chat.addToolApprovalResponse({ id: ask(chat), approved: true });
  await chat.until(() => chat.status === "ready" && chat.parts.length === 4);
  assertEquals(chat.parts.filter((part) => typeof part !== "string"), [
    ["commandExecution", "output-available"],
    ["commandExecution", "approval-requested"],
  ]);

  const later = new CodexChatTransport(page);
  const again = new PlainChat(later, id, await historyOf(await later.thread(id)));
  await again.resumeStream();
  await again.addToolApprovalResponse({ id: ask(again), approved: false });
  await again.until(() => again.status === "ready" && JSON.stringify(again.parts).includes("done"));
  assertEquals(again.parts.filter((part) => typeof part !== "string"), [
    ["commandExecution", "output-available"],
    ["commandExecution", "output-denied"],
    ["text", "done"],
  ]);
  // The first page answers too late: it only sees the rest of the turn.
  await chat.addToolApprovalResponse({ id: ask(chat), approved: true });
  await chat.until(() => chat.status === "ready" && JSON.stringify(chat.parts).includes("done"));
  transport.close();
  later.close();
});

test("a chat of the AI SDK over a route of streamText() asks for approval of a file change, and the turn goes on [R-120]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted: { home: { workspace } } } = session;
  await using provider = createCodex({
    codex,
    toolApprovals: true,
    thread: { cwd: workspace, sandbox: "readOnly" },
  });
  const chat = new PlainChat({
    async sendMessages({ messages, abortSignal }): Promise<ReadableStream<CodexChatChunk>> {
      const result = streamText({
        model: provider(),
        messages: await convertToModelMessages(messages),
        ...(abortSignal === undefined ? {} : { abortSignal }),
      });
      return result.toUIMessageStream<CodexChatMessage>({ originalMessages: messages });
    },
    reconnectToStream: () => Promise.resolve(null),
  }, "chat");
  for (const approved of [true, false]) {
    const patch = ["*** Begin Patch", `*** Add File: ${approved}.txt`, "+new", "*** End Patch"];
    model.enqueue(shellCommand(`apply_patch <<'EOF'\n${patch.join("\n")}\nEOF`));
    model.enqueue(message("done"));
    await chat.sendMessage({ text: "write" });
    const asked = chat.lastMessage?.parts.findLast((part) => part.type === "dynamic-tool");
    assert(asked?.type === "dynamic-tool" && asked.state === "approval-requested");
    const { changes } = asked.input as { changes: { path: string }[] };
    assertEquals([asked.toolName, changes[0]?.path.endsWith(`${approved}.txt`)], [
      "fileChange",
      true,
    ]);
    await chat.addToolApprovalResponse({ id: asked.approval.id, approved });
    await chat.until(() => chat.status === "ready" && JSON.stringify(chat.parts).includes("done"));
    const after = chat.lastMessage?.parts.find((part) => part.type === "dynamic-tool");
    assert(after?.type === "dynamic-tool" && after.state === "output-available");
    const { status } = after.output as { status: string };
    assertEquals(status, approved ? "completed" : "declined");
  }
});

async function historyOf(thread: LiveThread): Promise<CodexChatMessage[]> {
  for await (const view of thread.updates()) if (view.thread !== null) return chatMessages(view);
  throw thread.error;
}
