/**
 * What a deployed program does: one turn on the real binary, against a model in the program itself. On one line it tells
 * what came of it. Home, PATH and all else are what its environment says.
 *
 *     program [--beside | --codex-bin=PATH] [--command=CMD] [--sandbox=readOnly] [--tls=FOLDER] [--timeout=MS]
 */
import { realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { Codex, type CodexOptions, isCodexError, type Sandbox } from "@codex-app-server/sdk";
import { message, ModelServer, shellCommand } from "@codex-app-server/sdk/testing";
import { secureFront } from "./secure_front.ts";

/** What the program tells. */
export interface ProgramReport {
  /** `"Node 24.11.1"`. */
  readonly runtime: string;
  /** The status of the turn. */
  readonly status?: string;
  /** The answer of the model. */
  readonly finalResponse?: string | null;
  /** The file of the binary, where the system tells. */
  readonly executable?: string | null;
  /** What the tool told the model about the command. */
  readonly command?: string;
  /** Why there was no turn. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** The arguments of the program. */
const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    beside: { type: "boolean", default: false },
    "codex-bin": { type: "string" },
    command: { type: "string" },
    sandbox: { type: "string" },
    tls: { type: "string" },
    timeout: { type: "string", default: "30000" },
  },
});

/** The binary in the folder of the program. A compiled program is its own `execPath`; a script has its runtime there. */
function besideProgram(): string {
  const { execPath, argv } = process;
  const isScript = /^(?:node|bun|deno)(?:\.exe)?$/.test(execPath.split(/[\\/]/).at(-1) ?? "");
  const name = process.platform === "win32" ? "codex.exe" : "codex";
  return join(dirname(isScript ? argv[1] ?? "" : execPath), "codex", "bin", name);
}

/** Settings that make a model server of this machine the model, whatever is in `config.toml`. */
function modelSettings(url: string): NonNullable<CodexOptions["configOverrides"]> {
  const limits = { request_max_retries: 0, stream_max_retries: 0, requires_openai_auth: false };
  return {
    model: "mock-model",
    model_provider: "mock",
    model_providers: { mock: { name: "Mock", base_url: url, wire_api: "responses", ...limits } },
    features: { plugins: false },
  };
}

async function turn(model: ModelServer): Promise<Omit<ProgramReport, "runtime">> {
  const { command, sandbox, tls } = values;
  if (command !== undefined) model.enqueue(shellCommand(command));
  model.enqueue(message("deployed"));
  const codexBin = values.beside ? besideProgram() : values["codex-bin"];
  const front = tls === undefined ? undefined : await secureFront(model.url, tls);
  const codex = await Codex.start({
    codexBin,
    configOverrides: modelSettings(front?.url ?? model.url),
    env: { CODEX_APP_SERVER_DISABLE_MANAGED_CONFIG: "1", OPENAI_API_KEY: "" },
  });
  try {
    const executable = await realpath(`/proc/${codex.pid}/exe`).catch(() => null);
    const thread = await codex.threadStart({ sandbox: sandbox as Sandbox | undefined });
    const { status, finalResponse } = await thread.run("Say something", {
      timeoutMs: Number(values.timeout),
    });
    const told = command === undefined ? {} : { command: toolOutput(model) };
    return { status, finalResponse, executable, ...told };
  } finally {
    await codex.close();
    front?.close();
  }
}

/** What the model was told of its command: commands that could not be started are no items of the turn. */
function toolOutput(model: ModelServer): string {
  const { input = [] } = model.requests.at(-1)?.body as { input?: readonly { output?: unknown }[] };
  return String(input.at(-1)?.output);
}

async function main(): Promise<void> {
  const { bun, deno, node } = process.versions;
  const runtime = bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`;
  const model = await ModelServer.start();
  try {
    console.log(JSON.stringify({ runtime, ...await turn(model) }));
  } catch (error) {
    if (!isCodexError(error)) throw error;
    const { code, message } = error;
    console.log(JSON.stringify({ runtime, error: { code, message } }));
  } finally {
    await model.close();
  }
}

// No `await` at the top: the main script of a single executable of Node is CommonJS.
main();
