/** For one person: every thread of the home is theirs, also those of the terminal. */
import type { Codex } from "@codex-app-server/sdk";
import type { ThreadOwners } from "@codex-app-server/sdk/gateway";

/** Threads of the list. */
const LIMIT = 100;
/** The server takes no other text for an id. */
const THREAD_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Returns owners without a list of their own: the home has it, so that it outlives a restart. */
export function everyThread(codex: Codex, userId: string): ThreadOwners {
  const claimed: string[] = []; // a thread is stored with its first turn
  return {
    ownerOf: (threadId) => THREAD_ID.test(threadId) ? userId : undefined,
    claim: (threadId) => void claimed.unshift(threadId),
    threadsOf: async () => {
      const options = { limit: LIMIT, sortKey: "updated_at" } as const;
      const [current, archived] = await Promise.all([
        codex.threadList(options),
        codex.threadList({ ...options, archived: true }),
      ]);
      const stored = [...current.data, ...archived.data].map(({ id }) => id);
      return [...new Set([...claimed, ...stored])];
    },
  };
}
