/** A proxy that does not exist, in every spelling: requests through it fail immediately. */
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

/** Each of the variables by itself. */
export const deadProxies: readonly Readonly<Record<string, string>>[] = proxyVariables.map(
  (name) => ({ [name]: PROXY }),
);

/** All of them together, with no exempt host; Node's own requests honour them too. */
export const deadProxy: Readonly<Record<string, string>> = {
  ...Object.assign({}, ...deadProxies),
  NODE_USE_ENV_PROXY: "1",
  NO_PROXY: "",
  no_proxy: "",
};
