/** Opens the thread of a call: a new one with the conversation so far, or one that goes on. */
import type { LanguageModelV4Message, SharedV4Warning } from "@ai-sdk/provider";
import type { Thread } from "../client/threads/thread.ts";
import type { ThreadOpenOptions, ThreadStartOptions } from "../client/threads/thread_options.ts";
import type { LanguageModelV4FunctionTool } from "@ai-sdk/provider";
import { type Tool, tool } from "../client/tools/tool.ts";
import type { Codex } from "../codex.ts";
import { canonicalJson } from "../util/canonical_json.ts";
import { historyItems } from "./history.ts";
import type { CodexCallOptions, CodexModelSettings } from "./provider_options.ts";

/** The most idle threads that a provider keeps open. */
const MAX_IDLE = 32;

/** What a call wants of its thread. */
export interface WantedThread {
  readonly modelId: string | undefined;
  readonly settings: CodexModelSettings;
  readonly call: CodexCallOptions;
  readonly instructions: string | undefined;
  readonly tools: readonly LanguageModelV4FunctionTool[];
  /** The messages before the new input. */
  readonly history: readonly LanguageModelV4Message[];
  readonly signal: AbortSignal | undefined;
}

/** A thread that a provider has started. */
interface KnownThread {
  readonly thread: Thread;
  readonly instructions: string | undefined;
  /** The tools that the model sees, by name. */
  readonly tools: ReadonlyMap<string, string>;
}

/** The threads of one provider. */
export class ThreadOpening {
  readonly #known = new Map<string, KnownThread>();

  /** Opens the thread of a call, and adds warnings about what it cannot change. */
  async open(codex: Codex, wanted: WantedThread, warnings: SharedV4Warning[]): Promise<Thread> {
    const { threadId, fork } = wanted.call;
    if (threadId === undefined) return await this.#start(codex, wanted);
    const known = this.#known.get(threadId);
    if (known !== undefined) this.#use(threadId, known);
    const { instructions, tools, signal } = wanted;
    if (instructions !== undefined && instructions !== known?.instructions) {
      warnings.push({
        type: "unsupported",
        feature: "system message",
        details: "A thread keeps the instructions that it was started with",
      });
    }
    const changed = tools.filter((one) => known && known.tools.get(one.name) !== specOf(one));
    if (changed.length > 0) {
      const names = changed.map(({ name }) => `"${name}"`).join(", ");
      warnings.push({
        type: "unsupported",
        feature: "tools",
        details:
          `A thread keeps the tools that it was started with: ${names} cannot be added or changed`,
      });
    }
    const options = { ...handlersOf(wanted), ...(signal === undefined ? {} : { signal }) };
    if (fork) return await codex.threadFork(threadId, options);
    return known?.thread ?? await codex.threadResume(threadId, options);
  }

  /** Closes the threads that have been idle for longest; their history stays on the server. */
  async trim(isBusy: (threadId: string) => boolean): Promise<void> {
    const idle = [...this.#known.keys()].filter((id) => !isBusy(id));
    const old = idle.slice(0, Math.max(0, idle.length - MAX_IDLE));
    const threads = old.map((id) => this.#known.get(id)?.thread);
    for (const id of old) this.#known.delete(id);
    await Promise.all(threads.map((thread) => thread?.close()));
  }

  async #start(codex: Codex, wanted: WantedThread): Promise<Thread> {
    const { modelId, settings, call, instructions, tools, history, signal } = wanted;
    const { cwd, sandbox, approvalMode } = call;
    const given = settings.thread ?? {};
    const developer = [given.developerInstructions, instructions].filter((one) => one != null);
    const asks = tools.length > 0 || settings.toolApprovals === true;
    const options: ThreadStartOptions = {
      ...(settings.toolApprovals || settings.approvals ? { approvalMode: "ask" } : {}),
      ...given,
      ...(modelId === undefined ? {} : { model: modelId }),
      ...(developer.length === 0 ? {} : { developerInstructions: developer.join("\n\n") }),
      ...(tools.length === 0 ? {} : { tools: [...given.tools ?? [], ...tools.map(threadTool)] }),
      ...(cwd === undefined ? {} : { cwd }),
      ...(sandbox === undefined ? {} : { sandbox }),
      ...(approvalMode === undefined ? {} : { approvalMode }),
      ...(signal === undefined ? {} : { signal }),
      // They tell when the model has made all its calls.
      ...(asks ? { extraParams: { ...given.extraParams, experimentalRawEvents: true } } : {}),
    };
    const thread = await codex.threadStart(options);
    const specs = new Map(tools.map((one) => [one.name, specOf(one)] as const));
    this.#use(thread.id, { thread, instructions, tools: specs });
    const items = historyItems(history);
    if (items.length > 0) {
      const params = { threadId: thread.id, items };
      await codex.request("thread/inject_items", params, signal === undefined ? {} : { signal });
    }
    return thread;
  }

  #use(id: string, known: KnownThread): void {
    this.#known.delete(id); // the last one used is the last one in the map
    this.#known.set(id, known);
  }
}

/** Of the options of new threads, those that an opened one takes over: who answers its requests, and its tools. */
function handlersOf({ settings }: WantedThread): ThreadOpenOptions {
  const given = settings.thread ?? {};
  const names = Object.keys(given).filter((name) =>
    /^on[A-Z]|^(?:approvals|handlers|tools|approvalTimeout\w+)$/.test(name)
  );
  return Object.fromEntries(names.map((name) => [name, given[name as keyof typeof given]]));
}

/** A tool of the AI SDK; its calls are answered by the turn, so its own code runs only without one. */
function threadTool(
  { name, description, inputSchema }: LanguageModelV4FunctionTool,
): Tool<unknown> {
  return tool<unknown>({
    name,
    description: description?.trim() ? description : `The tool "${name}".`,
    input: schemaOf(inputSchema),
    run: (): never => {
      throw new Error("this call of the model does not offer it");
    },
  });
}

function schemaOf(schema: LanguageModelV4FunctionTool["inputSchema"]): Record<string, unknown> {
  const { $schema: _, ...json } = schema as Record<string, unknown>;
  return json;
}

function specOf({ description, inputSchema }: LanguageModelV4FunctionTool): string {
  return canonicalJson([description ?? null, schemaOf(inputSchema)]);
}
