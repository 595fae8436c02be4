/** A client over a fake server that watches files. */
import { Codex } from "../../../mod.ts";
import { FakeAppServer, type FakeMessage, notification } from "../../../testing.ts";

export interface FsFixture extends AsyncDisposable {
  readonly server: FakeAppServer;
  readonly codex: Codex;
}

/** A fake server that accepts every watch. */
export async function openFs(): Promise<FsFixture> {
  const server = new FakeAppServer();
  server.on("fs/watch", ({ path }) => ({ path }));
  server.on("fs/unwatch", () => ({}));
  const codex = new Codex({ connect: server.connect });
  await codex.connect();
  return {
    server,
    codex,
    async [Symbol.asyncDispose](): Promise<void> {
      await codex.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The notification of changes that a watch saw. */
export function changed(watchId: unknown, ...changedPaths: unknown[]): FakeMessage {
  return notification("fs/changed", { watchId, changedPaths });
}
