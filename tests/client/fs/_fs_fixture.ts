/** A client over a fake server that watches files. */
import { FakeAppServer, type FakeMessage, notification } from "../../../testing.ts";
import { clientOf, type Connected } from "../_fixture.ts";

/** A fake server that accepts every watch. */
export async function openFs(): Promise<Connected> {
  const server = new FakeAppServer();
  server.on("fs/watch", ({ path }) => ({ path }));
  server.on("fs/unwatch", () => ({}));
  const client = clientOf(server);
  await client.codex.connect();
  return client;
}

/** The notification of changes that a watch saw. */
export function changed(watchId: unknown, ...changedPaths: unknown[]): FakeMessage {
  return notification("fs/changed", { watchId, changedPaths });
}
