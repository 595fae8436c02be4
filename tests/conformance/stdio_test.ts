/** The suite over real child processes. */
import { ProcessTransport } from "../../src/process/process_transport.ts";
import { command } from "../../transports/command.ts";
import { ssh } from "../../transports/ssh.ts";
import { shell } from "../process/_current.ts";
import { fakeSsh } from "../transports/_fake_ssh.ts";
import { openChild } from "./_child_peer.ts";
import { type OpenedTransport, transportSuite } from "./transport_suite.ts";

transportSuite(
  "ProcessTransport",
  (): Promise<OpenedTransport> =>
    openChild(async (script) =>
      new ProcessTransport(await shell(`exec "${script}"`), { closeGraceMs: 500 })
    ),
);

transportSuite(
  "command()",
  () => openChild((script) => command([script], { closeGraceMs: 500 })()),
);

// `sshd_test.ts` has a real ssh.
transportSuite("ssh()", () =>
  openChild(async (script, folder) => {
    const sshBin = await fakeSsh(folder);
    return await ssh("box", { codexBin: script, sshBin, closeGraceMs: 500 })();
  }));
