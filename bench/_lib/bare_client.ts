/** A hand-written client: JSON lines over a child process and nothing else. */
import { spawn } from "node:child_process";

/** Just enough of an app-server client to run turns. */
export interface BareClient {
  /** Starts the thread of the turns. */
  threadStart(): Promise<void>;
  /** Runs one turn on the thread and returns its final text. */
  turn(text: string): Promise<string>;
  close(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly item?: { readonly type: string; readonly text: string } };
  readonly result?: { readonly thread: { readonly id: string } };
}

/** Starts the server and shakes hands. */
export async function startBareClient(
  command: string,
  options: { readonly cwd: string; readonly env: Record<string, string | undefined> },
): Promise<BareClient> {
  const child = spawn(command, ["app-server", "--listen", "stdio://"], {
    ...options,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const replies = new Map<number, (message: Message) => void>();
  let nextId = 1;
  let rest = "";
  let answer = "";
  let onCompleted = (): void => {};

  function take(line: string): void {
    const message = JSON.parse(line) as Message;
    if (message.method === undefined) return replies.get(message.id ?? 0)?.(message);
    const item = message.method === "item/completed" ? message.params?.item : undefined;
    if (item?.type === "agentMessage") answer = item.text;
    if (message.method === "turn/completed") onCompleted();
  }

  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  });

  function request(method: string, params: object): Promise<Message> {
    const id = nextId++;
    const reply = new Promise<Message>((resolve) => replies.set(id, resolve));
    child.stdin.write(JSON.stringify({ id, method, params }) + "\n");
    return reply;
  }

  await request("initialize", { clientInfo: { name: "bare", title: null, version: "0" } });
  child.stdin.write(JSON.stringify({ method: "initialized" }) + "\n");
  let threadId: string | undefined;

  return {
    async threadStart(): Promise<void> {
      threadId = (await request("thread/start", {})).result?.thread.id;
    },
    async turn(text): Promise<string> {
      const completed = new Promise<void>((resolve) => onCompleted = resolve);
      await request("turn/start", { threadId, input: [{ type: "text", text, text_elements: [] }] });
      await completed;
      return answer;
    },
    async close(): Promise<void> {
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.stdin.end();
      await exited;
    },
  };
}
