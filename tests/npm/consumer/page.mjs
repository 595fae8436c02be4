/** A program for a page, where nothing can start a process: the test kit and the transports are not for it. */
import { Codex } from "@codex-app-server/sdk";
import { PROTOCOL_VERSION } from "@codex-app-server/sdk/protocol";

globalThis.started = Codex.start().then(() => "started", (error) => error.code);
globalThis.version = PROTOCOL_VERSION;
