/**
 * A program to deploy: runs one turn on the real binary, against a model in the program itself, and prints the outcome on
 * one line.
 *
 *     program [--beside | --codex-bin=PATH] [--command=CMD] [--sandbox=readOnly] [--tls=FOLDER] [--timeout=MS]
 */
import { readFile, realpath } from "node:fs/promises";
import { type AddressInfo, connect } from "node:net";
import { dirname, join } from "node:path";
import process from "node:process";
import { createServer } from "node:tls";
import { parseArgs } from "node:util";
import { Codex, type CodexOptions, isCodexError, type Sandbox } from "@codex-app-server/sdk";
import { message, ModelServer, shellCommand } from "@codex-app-server/sdk/testing";

/** What the program prints. */
export interface ProgramReport {
  /** `"Node 24.11.1"`. */
  readonly runtime: string;
  /** The status of the turn. */
  readonly status?: string;
  /** The answer of the model. */
  readonly finalResponse?: string | null;
  /** The file of the binary, where the system reports it. */
  readonly executable?: string | null;
  /** The output of the command that the model got. */
  readonly command?: string;
  /** The reason why there was no turn. */
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

/**
 * The binary in the program's folder. A compiled program is its own `execPath`; for a script, the runtime is next to
 * it.
 */
function besideProgram(): string {
  const { execPath, argv } = process;
  const isScript = /^(?:node|bun|deno)(?:\.exe)?$/.test(execPath.split(/[\\/]/).at(-1) ?? "");
  const name = process.platform === "win32" ? "codex.exe" : "codex";
  return join(dirname(isScript ? argv[1] ?? "" : execPath), "codex", "bin", name);
}

/** Settings that make a local model server the model, whatever `config.toml` contains. */
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
    const extra = command === undefined ? {} : { command: toolOutput(model) };
    return { status, finalResponse, executable, ...extra };
  } finally {
    await codex.close();
    front?.close();
  }
}

/** Returns the output that the model received: a command that could not be started is not an item of the turn. */
function toolOutput(model: ModelServer): string {
  const { input = [] } = model.requests.at(-1)?.body as { input?: readonly { output?: unknown }[] };
  return String(input.at(-1)?.output);
}

/** An `https:` address for a server that speaks `http:`. */
interface SecureFront {
  readonly url: string;
  close(): void;
}

/** Puts TLS in front of the server at `url`, with `key.pem` and `cert.pem` from a folder. */
async function secureFront(url: string, folder: string): Promise<SecureFront> {
  const { port, pathname } = new URL(url);
  const [key, cert] = await Promise.all(
    ["key.pem", "cert.pem"].map((name) => readFile(join(folder, name))),
  );
  const server = createServer({ key: key!, cert: cert! }, (outer) => {
    const inner = connect(Number(port), "127.0.0.1");
    const cut = (): void => void (outer.destroy(), inner.destroy());
    outer.on("error", cut).on("close", cut).pipe(inner);
    inner.on("error", cut).on("close", cut).pipe(outer);
  });
  server.on("tlsClientError", () => {}); // a client that does not trust the certificate
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port: front } = server.address() as AddressInfo;
  return { url: `https://127.0.0.1:${front}${pathname}`, close: () => void server.close() };
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

// No top-level `await`: the main script of a Node single executable is CommonJS.
main();
