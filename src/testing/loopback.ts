/** Keeps connections to this machine away from a proxy that the environment names. */
import { Agent, type AgentOptions } from "node:http";
import process from "node:process";

/** The names under which programs reach this machine. */
const LOOPBACK: readonly string[] = ["localhost", "127.0.0.1", "::1"];

/** What {@linkcode loopbackEnv} sets: some programs read only one of the two, and others prefer one of them. */
export interface LoopbackEnv {
  /** The hosts that are reached without a proxy. */
  readonly NO_PROXY: string;
  /** The same. */
  readonly no_proxy: string;
}

/** Returns the variables that exempt loopback from any proxy; hosts that were exempt before stay so. */
export function loopbackEnv(
  inherited: Readonly<Record<string, string | undefined>> = process.env,
): LoopbackEnv {
  const listed = `${inherited["NO_PROXY"] ?? ""},${inherited["no_proxy"] ?? ""}`
    .split(",").map((host) => host.trim()).filter((host) => host !== "");
  // Some programs understand "*" only where it stands alone.
  const hosts = listed.includes("*") ? "*" : [...new Set([...listed, ...LOOPBACK])].join(",");
  return { NO_PROXY: hosts, no_proxy: hosts };
}

/** Returns an agent for a request to this machine: one connection, and no proxy even under `NODE_USE_ENV_PROXY`. */
export function loopbackAgent(): Agent {
  // `proxyEnv` is missing in the types of Node versions that know no proxies.
  const options: AgentOptions & { readonly proxyEnv: object } = { keepAlive: false, proxyEnv: {} };
  return new Agent(options);
}
