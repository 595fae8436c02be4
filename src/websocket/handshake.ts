/** The HTTP upgrade of a WebSocket, from the client's side. */
import { type ConnectionRefusal, ConnectionRefusedError } from "../errors/connection_errors.ts";
import { encodeBase64 } from "../util/bytes.ts";
import { errorText } from "../util/error_text.ts";
import { printable } from "../util/printable.ts";
import { redact } from "../util/redact.ts";
import { waitAtMost } from "../util/timer.ts";

/** What the upgrade asks for. */
export interface Upgrade {
  /** The address in errors. */
  readonly address: string;
  readonly host: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const MAX_HEAD_BYTES = 16 * 1024;
/** How much of a refusal's body an error shows. */
const MAX_BODY_BYTES = 1_024;
const MAX_DETAIL = 200;
/** Milliseconds for the body of a refusal. */
const BODY_MS = 1_000;

const REASONS: Readonly<Record<number, ConnectionRefusal>> = {
  401: "unauthorized",
  403: "forbidden",
  404: "notFound",
};

interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** The bytes after the head. */
  readonly rest: Uint8Array;
}

/** The key of one handshake, and what the server has to make of it. */
export interface HandshakeKey {
  readonly key: string;
  readonly accept: string;
}

/** Creates a random key. */
export async function handshakeKey(): Promise<HandshakeKey> {
  const key = encodeBase64(crypto.getRandomValues(new Uint8Array(16)));
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(key + GUID));
  return { key, accept: encodeBase64(new Uint8Array(digest)) };
}

/**
 * Upgrades a connection and returns the bytes that the server sent after its answer.
 *
 * @throws {ConnectionRefusedError} if the server refuses
 */
export async function upgrade(
  { reader, writer }: {
    readonly reader: ReadableStreamDefaultReader<Uint8Array>;
    readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  },
  wanted: Upgrade,
  { key, accept }: HandshakeKey,
): Promise<Uint8Array> {
  // A server that answers before it has read everything may close its side: its answer counts.
  let cause: unknown;
  writer.write(requestHead(wanted, key)).catch((error: unknown) => {
    cause = error;
  });
  const answer = await readAnswer(reader, wanted, () => cause);
  if (answer.status !== 101) throw await refusal(answer, reader, wanted);
  const fault = faultOf(answer.headers, accept);
  if (fault !== undefined) throw protocolError(wanted, fault);
  return answer.rest;
}

function requestHead({ host, path, headers }: Upgrade, key: string): Uint8Array {
  const all = {
    Host: host,
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": key,
    "Sec-WebSocket-Version": "13",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return new TextEncoder().encode(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
}

async function readAnswer(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  wanted: Upgrade,
  sendError: () => unknown,
): Promise<Answer> {
  let head = "";
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw endedError(wanted, error);
    });
    if (done) throw endedError(wanted, sendError());
    // One character per byte, so that indexes count bytes.
    const before = head.length;
    head += latin1(value);
    const end = head.indexOf("\r\n\r\n");
    if (end !== -1) return parseAnswer(head.slice(0, end), value.slice(end + 4 - before), wanted);
    if (head.length > MAX_HEAD_BYTES) throw strangeAnswer(head, wanted);
  }
}

function parseAnswer(head: string, rest: Uint8Array, wanted: Upgrade): Answer {
  const [first = "", ...lines] = head.split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) throw strangeAnswer(first, wanted);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
  }
  return { status: Number(status), headers, rest };
}

function faultOf(headers: ReadonlyMap<string, string>, accept: string): string | undefined {
  const has = (name: string, token: string): boolean =>
    (headers.get(name) ?? "").toLowerCase().split(",").some((part) => part.trim() === token);
  if (!has("upgrade", "websocket") || !has("connection", "upgrade")) {
    return "it does not upgrade the connection";
  }
  if (headers.get("sec-websocket-accept") !== accept) return "its key is wrong";
  const added = ["sec-websocket-extensions", "sec-websocket-protocol"].find((one) =>
    headers.get(one)
  );
  return added === undefined ? undefined : `it sets ${added}, which was not offered`;
}

async function refusal(
  answer: Answer,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  wanted: Upgrade,
): Promise<ConnectionRefusedError> {
  const { status, headers } = answer;
  const isPage = /\bhtml\b/i.test(headers.get("content-type") ?? "");
  const body = isPage ? "" : await readBody(answer, reader);
  const location = headers.get("location");
  const says = location === undefined ? body : `it redirects to ${location.replace(/[?#].*/, "")}`;
  return new ConnectionRefusedError(wanted.address, {
    reason: REASONS[status] ?? "http",
    status,
    detail: shown(says, wanted),
  });
}

/** Reads the start of a refusal's body, as far as it comes in time. */
async function readBody(
  { headers, rest }: Answer,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<string> {
  const wanted = Math.min(Number(headers.get("content-length") ?? 0) || 0, MAX_BODY_BYTES);
  let body = latin1(rest);
  const read = async (): Promise<void> => {
    while (body.length < wanted) {
      const { done, value } = await reader.read();
      if (done) return;
      body += latin1(value);
    }
  };
  await waitAtMost(read().catch(() => {}), BODY_MS);
  return body.slice(0, wanted);
}

/** Makes text of the server safe to show: it may repeat what it was sent. */
function shown(text: string, { headers, path }: Upgrade): string {
  let safe = text;
  const query = path.replace(/^[^?]*\??/, "");
  for (
    const secret of [...Object.values(headers), ...Object.values(headers).map(lastWord), query]
  ) {
    if (secret.length >= 4) safe = withoutEnd(safe.replaceAll(secret, "[redacted]"), secret);
  }
  return shownText(safe);
}

/** Removes the first part of a secret at the end of a text, which may have been cut there. */
function withoutEnd(text: string, secret: string): string {
  for (let length = secret.length - 1; length >= 4; length--) {
    if (text.endsWith(secret.slice(0, length))) return `${text.slice(0, -length)}[redacted]`;
  }
  return text;
}

function shownText(text: string): string {
  return printable(redact(text).trim().slice(0, MAX_DETAIL), { oneLine: true });
}

/** The token of `Bearer TOKEN`. */
function lastWord(value: string): string {
  return value.slice(value.lastIndexOf(" ") + 1);
}

function protocolError({ address }: Upgrade, detail: string): ConnectionRefusedError {
  return new ConnectionRefusedError(address, { reason: "protocol", detail });
}

/** The error for what is not HTTP, such as a greeting of a login shell. */
function strangeAnswer(answer: string, wanted: Upgrade): ConnectionRefusedError {
  const [line = ""] = answer.trimStart().split(/[\r\n]/, 1);
  return protocolError(wanted, `the answer is not HTTP: ${shown(line, wanted)}`);
}

/** The error for no answer. A server that wants a certificate of the client refuses only after TLS was set up. */
function endedError({ address }: Upgrade, cause: unknown): ConnectionRefusedError {
  if (cause === undefined) return new ConnectionRefusedError(address, { reason: "ended" });
  const detail = errorText(cause);
  const reason = /\b(?:SSL|TLS|alert)/i.test(detail) ? "tls" : "ended";
  return new ConnectionRefusedError(address, { reason, detail: shownText(detail), cause });
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
