/** Asks the real binary over stdio and keeps everything that it sends. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { findNativeBinary } from "../../scripts/_generate/run_upstream.ts";
import { loopbackEnv } from "../../src/testing/loopback.ts";

function configOf(modelUrl: string): string {
  return `model = "mock-model"
model_provider = "local"
[model_providers.local]
name = "Local"
base_url = "${modelUrl}"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
`;
}

/** Options of {@linkcode askBinary}. */
export interface AskOptions {
  /**
   * Whether to enable the experimental API.
   * @default {true}
   */
  readonly experimentalApi?: boolean;
  /** The URL of the model; by default there is none. */
  readonly modelUrl?: string;
}

/** A request to send; the params may be computed from the answers so far. */
export interface Question {
  readonly method: string;
  readonly params?: unknown;
  readonly from?: (answers: readonly Answer[]) => unknown;
  /** Waits for this notification after the answer. */
  readonly until?: string;
}

/** The answer to one question. */
export interface Answer {
  readonly method: string;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** A notification that arrived between the answers. */
export interface Notification {
  readonly method: string;
  readonly params: unknown;
}

/** Starts the binary, asks the questions in order, and closes it. */
export async function askBinary(
  questions: readonly Question[],
  { experimentalApi = true, modelUrl = "http://127.0.0.1:1/v1" }: AskOptions = {},
): Promise<
  { readonly answers: readonly Answer[]; readonly notifications: readonly Notification[] }
> {
  const home = await mkdtemp(join(tmpdir(), "codex-ask-"));
  await mkdir(join(home, "work"));
  await writeFile(join(home, "config.toml"), configOf(modelUrl));
  const settings = { CODEX_HOME: home, CODEX_APP_SERVER_DISABLE_MANAGED_CONFIG: "1" };
  const env = { ...process.env, ...settings, ...loopbackEnv() };
  const child = spawn(findNativeBinary(), ["app-server", "--listen", "stdio://"], {
    env,
    cwd: join(home, "work"),
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const watchdog = setTimeout(() => child.kill("SIGKILL"), 30_000);
  const messages = readMessages(child.stdout.setEncoding("utf8"));
  const answers: Answer[] = [];
  const notifications: Notification[] = [];
  const send = (message: unknown): boolean => child.stdin.write(`${JSON.stringify(message)}\n`);
  const awaitMessage = async (wanted: (message: Message) => boolean): Promise<Message> => {
    for (;;) {
      const { value, done } = await messages.next();
      if (done) throw new Error("The binary ended before it answered");
      if (value.id === undefined) {
        notifications.push({ method: value.method ?? "", params: value.params });
      }
      if (wanted(value)) return value;
    }
  };
  try {
    const capabilities = { experimentalApi };
    const clientInfo = { name: "generated-test", title: null, version: "1" };
    const initialize = { method: "initialize", params: { clientInfo, capabilities } };
    for (const [id, question] of [initialize, ...questions as Question[]].entries()) {
      const params = "from" in question ? question.from?.(answers) : question.params;
      send({ id, method: question.method, params });
      const { result, error } = await awaitMessage((it) => it.id === id && !("method" in it));
      answers.push({ method: question.method, result, ...(error && { error }) });
      const until = "until" in question ? question.until : undefined;
      if (until && !notifications.some((it) => it.method === until)) {
        await awaitMessage((it) => it.method === until);
      }
      if (id === 0) send({ method: "initialized" });
    }
    return { answers, notifications };
  } finally {
    child.stdin.end();
    for await (const _ of messages);
    await ended;
    clearTimeout(watchdog);
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

async function* readMessages(chunks: AsyncIterable<string>): AsyncGenerator<Message, void> {
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as Message;
  }
}
