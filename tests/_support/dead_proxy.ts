/** A proxy that nobody runs, in every spelling: what goes through it fails at once. */
const PROXY = "http://127.0.0.1:9";

/** The variables that name a proxy. */
export const proxyVariables: readonly string[] = [
  "HTTP_PROXY",
  "http_proxy",
  "HTTPS_PROXY",
  "https_proxy",
  "ALL_PROXY",
  "all_proxy",
];

/** Each of the variables alone. */
export const deadProxies: readonly Readonly<Record<string, string>>[] = proxyVariables.map(
  (name) => ({ [name]: PROXY }),
);

/** All of them at once, heeded by Node's own requests too, and no host that is exempt. */
export const deadProxy: Readonly<Record<string, string>> = {
  ...Object.assign({}, ...deadProxies),
  NODE_USE_ENV_PROXY: "1",
  NO_PROXY: "",
  no_proxy: "",
};
