/** The suite over the ssh of the system and a real sshd on loopback. */
import { ssh } from "../../transports/ssh.ts";
import { noSshd, Sshd } from "../transports/_sshd.ts";
import { openChild } from "./_child_peer.ts";
import { transportSuite } from "./transport_suite.ts";

let server: Sshd | undefined;

transportSuite("ssh() to an sshd", () =>
  openChild((script) => {
    const { host = "", sshArgs } = { host: server?.host, sshArgs: server?.sshArgs() };
    return ssh(host, { codexBin: script, sshArgs, closeGraceMs: 500 })();
  }), {
  async within(run): Promise<void> {
    await using started = await Sshd.start();
    server = started;
    await run();
  },
  ...(noSshd === undefined ? {} : { skip: noSshd }),
});
