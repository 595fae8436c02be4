/** Bypasses a proxy from the environment for connections to this machine. */
import { Agent, type AgentOptions } from "node:http";
import process from "node:process";

/** The host names of this machine. */
const LOOPBACK: readonly string[] = ["localhost", "127.0.0.1", "::1"];

/** The result of {@linkcode loopbackEnv}: programs differ in which of the two they read or prefer. */
export interface LoopbackEnv {
  /** The hosts to reach without a proxy. */
  readonly NO_PROXY: string;
  /** The same. */
  readonly no_proxy: string;
}

/** Returns the variables that exempt loopback from any proxy; hosts that are already exempt stay so. */
export function loopbackEnv(
  inherited: Readonly<Record<string, string | undefined>> = process.env,
): LoopbackEnv {
  const listed = `${inherited["NO_PROXY"] ?? ""},${inherited["no_proxy"] ?? ""}`
    .split(",").map((host) => host.trim()).filter((host) => host !== "");
  // Some programs only understand "*" if it stands alone.
  const hosts = listed.includes("*") ? "*" : [...new Set([...listed, ...LOOPBACK])].join(",");
  return { NO_PROXY: hosts, no_proxy: hosts };
}

/** Returns an agent for a request to this machine: one connection, and no proxy even under `NODE_USE_ENV_PROXY`. */
export function loopbackAgent(): Agent {
  // The types of older Node versions lack `proxyEnv`.
  const options: AgentOptions & { readonly proxyEnv: object } = { keepAlive: false, proxyEnv: {} };
  return new Agent(options);
}
