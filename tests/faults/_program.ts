/** A program over real processes and sockets that misbehave. It must end by itself: nothing ends it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Codex, type Connect, isCodexError } from "../../mod.ts";
import { command } from "../../transports/command.ts";
import { unix } from "../../transports/unix.ts";
import { websocket } from "../../transports/websocket.ts";
import { type Accepted, serveWebSocket } from "../_support/ws_server.ts";

/** Milliseconds for a request without an answer, for one with an answer, and to notice an end on a busy machine. */
const LIMIT_MS = { error: 1_000, value: 60_000 };
const BOUND_MS = 90_000;

const INITIALIZED = JSON.stringify({
  userAgent: "codex_app_server_sdk/0.171.0 (Test; x86_64) test",
  codexHome: "/tmp",
  platformFamily: "unix",
  platformOs: "linux",
});
const REPLY = `{"id":2,"result":{"data":[],"nextCursor":null}}`;
const DELTA = `{"method":"preview/delta","params":{"delta":"${"x".repeat(60)}"}}`;

/** What a process does once the second request has arrived. */
const IN_PROCESS: Readonly<Record<string, readonly [script: string, ends: "value" | "error"]>> = {
  "replies": [`echo '${REPLY}'`, "value"],
  "exits": ["exit 0", "error"],
  "crashes": ["echo panicked >&2; exit 101", "error"],
  "is killed": ["kill -9 $$", "error"],
  "exits in half a frame": [`printf '{"id":2,'; exit 1`, "error"],
  "floods stderr": [`yes | head -c 2000000 >&2; echo '${REPLY}'`, "value"],
  "prints junk": [`printf '\\000\\377\\n[]\\n\\n{"id"\\n'; echo '${REPLY}'`, "value"],
  "floods": [`yes '${DELTA}' | head -n 10000; echo '${REPLY}'`, "value"],
  "says nothing": ["cat > /dev/null", "error"],
  "closes its output": ["exec 1>&-; cat > /dev/null", "error"],
  "exits after the reply": [`echo '${REPLY}'; exit 0`, "value"],
};

/** What a socket does then. */
const IN_SOCKET: Readonly<
  Record<string, readonly [(accepted: Accepted) => void, ends: "value" | "error"]>
> = {
  "replies": [({ connection }) => connection.send(REPLY), "value"],
  "is cut": [({ socket }) => void socket.destroy(), "error"],
  "closes": [({ connection }) => connection.close(1011, "overloaded"), "error"],
  "is cut in half a frame": [({ socket }) => {
    socket.write(new Uint8Array([0x81, 20, 0x7b]));
    socket.end();
  }, "error"],
  "sends no frames": [({ socket }) => void socket.write("HTTP/1.1 200 OK\r\n\r\n"), "error"],
  "says nothing": [() => {}, "error"],
  "prints junk": [({ connection }) => {
    for (const junk of ["", "[]", "{"]) connection.send(junk);
    connection.send(REPLY);
  }, "value"],
  "floods": [({ connection }) => {
    for (let sent = 0; sent < 5_000; sent++) connection.send(DELTA);
    connection.send(REPLY);
  }, "value"],
};

const wrong: string[] = [];

async function within<T>(what: string, work: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      wrong.push(`${what}: still waits after ${BOUND_MS} ms`);
      resolve(undefined);
    }, BOUND_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A request and a loop over a peer that misbehaves. */
async function cell(name: string, connect: Connect, ends: "value" | "error"): Promise<void> {
  await using codex = await Codex.start({ connect });
  const loop = (async (): Promise<void> => {
    for await (const _ of codex.notifications());
  })().catch((error: unknown) => {
    if (!isCodexError(error)) wrong.push(`${name}: the loop rejects with ${String(error)}`);
  });
  const ended = codex.models({ timeoutMs: LIMIT_MS[ends] }).then(
    () => "value",
    (error: unknown) => {
      if (!isCodexError(error)) wrong.push(`${name}: not typed: ${String(error)}`);
      return "error";
    },
  );
  const outcome = await within(name, ended);
  if (outcome !== ends) wrong.push(`${name}: it ended with ${outcome}`);
  await within(`${name}, close()`, codex.close());
  await within(`${name}, the loop`, loop);
}

function overProcess(script: string): Connect {
  const answer = `read line; echo '{"id":1,"result":${INITIALIZED}}'; read line; read line; `;
  return command(["/bin/sh", "-c", answer + script]);
}

function answering(act: (accepted: Accepted) => void): (accepted: Accepted) => void {
  return (accepted: Accepted): void => {
    accepted.connection.on("message", (data) => {
      const { id } = JSON.parse(new TextDecoder().decode(data)) as { id?: number };
      if (id === 1) accepted.connection.send(`{"id":1,"result":${INITIALIZED}}`);
      if (id === 2) act(accepted);
    });
  };
}

const folder = await mkdtemp(join(tmpdir(), "faults-"));
try {
  await Promise.all(
    Object.entries(IN_PROCESS).map(([name, [script, ends]]) =>
      cell(`a process that ${name}`, overProcess(script), ends)
    ),
  );
  await Promise.all(
    Object.entries(IN_SOCKET).flatMap(([name, [act, ends]], at) => {
      const path = join(folder, `${at}.sock`);
      return [undefined, path].map(async (where) => {
        await using server = await serveWebSocket({
          ...where === undefined ? {} : { path: where },
          onOpen: answering(act),
        });
        const connect = where === undefined ? websocket(server.url) : unix(where);
        await cell(`a ${where === undefined ? "TCP" : "Unix"} socket that ${name}`, connect, ends);
      });
    }),
  );
} finally {
  await rm(folder, { recursive: true });
}
for (const each of wrong) console.log(each);
console.log(`${Object.keys(IN_PROCESS).length + 2 * Object.keys(IN_SOCKET).length} cells`);
process.exitCode = wrong.length > 0 ? 1 : 0;
