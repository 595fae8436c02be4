/** The suite over the ssh of the system and a real sshd on loopback. */
import { ssh } from "../../transports/ssh.ts";
import { noSshd, Sshd } from "../transports/_sshd.ts";
import { openChild } from "./_child_peer.ts";
import { transportSuite } from "./transport_suite.ts";

transportSuite("ssh() to an sshd", async () => {
  const server = await Sshd.start();
  const sshArgs = server.sshArgs();
  const opened = await openChild((script) =>
    ssh(server.host, { codexBin: script, sshArgs, closeGraceMs: 500 })()
  );
  return {
    ...opened,
    async dispose(): Promise<void> {
      await opened.dispose();
      await server[Symbol.asyncDispose]();
    },
  };
}, noSshd === undefined ? {} : { skip: noSshd });
