/** Keeps secrets in the server's environment from the agent's commands. */
import { isRecord } from "../util/is_record.ts";

const POLICY = "shell_environment_policy";

/**
 * Adds the hidden variables to the `config` of a thread that has a policy of its own, which replaces the one that the server
 * was started with. A value that the caller sets stays. The server applies the keys in no particular order, so every table
 * that may replace another gets the variables.
 */
export function hideVariables<Params>(params: Params, names: readonly string[]): Params {
  if (names.length === 0 || !isRecord(params) || !isRecord(params.config)) return params;
  const { config } = params;
  const { [POLICY]: policy, [`${POLICY}.set`]: set } = config;
  if (!isRecord(policy) && !isRecord(set)) return params;
  const own = { ...record(record(policy).set), ...record(set) };
  const hide = Object.fromEntries(
    names.filter((name) => !Object.hasOwn(own, name)).map((name) => [name, ""]),
  );
  return {
    ...params,
    config: {
      ...config,
      ...(isRecord(policy) && { [POLICY]: { ...policy, set: { ...hide, ...record(policy.set) } } }),
      ...(isRecord(set) && { [`${POLICY}.set`]: { ...hide, ...set } }),
    },
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
