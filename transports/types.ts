/** The types that every transport module speaks of. */
export type { ChildExit, ChildProcess, Spawn, SpawnCommand } from "../src/process/child_process.ts";
export type { ConfigOverrides, ConfigValue } from "../src/process/config_overrides.ts";
export type { Host, PathKind } from "../src/process/host.ts";
export type { StdioOptions } from "../src/process/stdio.ts";
export type {
  CloseBase,
  Connect,
  ConnectOptions,
  ProcessClose,
  SocketClose,
  StreamClose,
  Transport,
  TransportClose,
  TransportCloseOptions,
} from "../src/transport/transport.ts";
