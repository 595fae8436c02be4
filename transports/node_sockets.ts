/** Opens sockets through `node:net` and `node:tls`, which Deno, Bun and Node have. */
import { connect as connectNet } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type ConnectionRefusal, ConnectionRefusedError } from "../src/errors/connection_errors.ts";
import { PermissionError } from "../src/errors/start_errors.ts";
import type { ByteStreams } from "../src/transport/from_streams.ts";
import { errorText } from "../src/util/error_text.ts";
import { onAbort } from "../src/util/on_abort.ts";
import { readableOf, writableOf } from "./node_streams.ts";
import type { SocketTarget } from "./open_web_socket.ts";

/**
 * Opens a socket.
 *
 * @throws {ConnectionRefusedError} if nobody answers, or TLS fails
 * @throws {PermissionError} if Deno does not allow it
 */
export function openSocket(target: SocketTarget, signal: AbortSignal): Promise<ByteStreams> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    let socket: Socket;
    try {
      socket = dial(target);
    } catch (error) { // Deno throws what it does not permit
      return reject(explain(target, error));
    }
    const fail = (error: unknown): void => {
      stopListening();
      socket.destroy();
      reject(explain(target, error));
    };
    const stopListening = onAbort(signal, () => {
      socket.destroy();
      reject(signal.reason);
    });
    const onClose = (): void => {
      fail(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }));
    };
    socket.on("error", fail).once("close", onClose);
    socket.once(isEncrypted(target) ? "secureConnect" : "connect", () => {
      stopListening();
      const streams = { readable: readableOf(socket), writable: writableOf(socket) };
      socket.off("error", fail).off("close", onClose); // from here on, the streams report errors
      resolve(streams);
    });
  });
}

function dial(target: SocketTarget): Socket {
  if ("path" in target) return connectNet({ path: target.path });
  const { host, port, tls } = target;
  if (tls === undefined) return connectNet({ host, port, noDelay: true });
  const { ca, ...own } = tls;
  const issuers = ca === undefined || typeof ca === "string" ? ca : [...ca];
  const trusted = issuers === undefined ? {} : { ca: issuers };
  return connectTls({ host, port, ALPNProtocols: ["http/1.1"], ...own, ...trusted }).setNoDelay(
    true,
  );
}

function isEncrypted(target: SocketTarget): boolean {
  return "tls" in target && target.tls !== undefined;
}

const REASONS: Readonly<Record<string, ConnectionRefusal>> = {
  ECONNREFUSED: "refused",
  ENOENT: "noSocket",
  ENOTSOCK: "noSocket",
  EACCES: "denied",
  EPERM: "denied",
  ECONNRESET: "ended",
  EPIPE: "ended",
  ENOTFOUND: "unknownHost",
  EAI_AGAIN: "unknownHost",
};

/** Codes of a network that does not deliver; with TLS, other errors are of TLS. */
const UNREACHABLE = /^E(?:TIMEDOUT|HOSTUNREACH|NETUNREACH|HOSTDOWN|NETDOWN|ADDRNOTAVAIL)$/;

function explain(target: SocketTarget, error: unknown): Error {
  const { address } = target;
  if (isDenied(error)) {
    return new PermissionError(`connect to ${address}`, flagsFor(target), { cause: error });
  }
  const { code } = error as { readonly code?: unknown };
  const known = REASONS[String(code)];
  const otherwise = isEncrypted(target) && !UNREACHABLE.test(String(code)) ? "tls" : "unreachable";
  const detail = errorText(error);
  return new ConnectionRefusedError(address, { reason: known ?? otherwise, detail, cause: error });
}

/** Whether Deno lacks a permission, which its `node:dns` reports as a failed look-up. */
function isDenied(error: unknown): boolean {
  const { name, code, syscall } = error as Readonly<Record<string, unknown>>;
  return name === "NotCapable" || (code === "EPERM" && syscall === "getaddrinfo");
}

function flagsFor(target: SocketTarget): string {
  if ("path" in target) {
    const { path } = target;
    return `--allow-read=${path} --allow-write=${path} --allow-net=unix:${path}`;
  }
  const { host, port } = target;
  return `--allow-net=${host.includes(":") ? `[${host}]` : host}:${port}`;
}
