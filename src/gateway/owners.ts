/** Which user each thread belongs to. */

/**
 * Keeps the owner of each thread. Supply one over your database if threads are to survive a restart of the gateway: a
 * thread without an owner is nobody's.
 *
 * @example
 * ```ts
 * import type { ThreadOwners } from "@codex-app-server/sdk/gateway";
 *
 * interface Table {
 *   get(threadId: string): Promise<string | undefined>;
 *   insert(threadId: string, userId: string): Promise<void>;
 *   threadsOf(userId: string): Promise<string[]>;
 * }
 *
 * const ownersIn = (table: Table): ThreadOwners => ({
 *   ownerOf: (threadId) => table.get(threadId),
 *   claim: (threadId, userId) => table.insert(threadId, userId),
 *   threadsOf: (userId) => table.threadsOf(userId),
 * });
 * ```
 */
export interface ThreadOwners {
  /** Returns the id of the user that owns a thread; `undefined` if nobody does. */
  ownerOf(threadId: string): string | undefined | Promise<string | undefined>;
  /** Records the owner of a new thread, before its user learns its id. */
  claim(threadId: string, userId: string): void | Promise<void>;
  /** Returns the ids of a user's threads, newest first. */
  threadsOf(userId: string): readonly string[] | Promise<readonly string[]>;
}

/**
 * Creates owners that are kept in memory: after a restart, no thread has an owner.
 *
 * @example
 * ```ts
 * import { memoryOwners } from "@codex-app-server/sdk/gateway";
 *
 * const owners = memoryOwners();
 * owners.claim("thread-1", "ann");
 * console.log(owners.ownerOf("thread-1")); // "ann"
 * ```
 */
export function memoryOwners(): ThreadOwners {
  const owners = new Map<string, string>();
  return {
    ownerOf: (threadId) => owners.get(threadId),
    claim: (threadId, userId) => void owners.set(threadId, userId),
    threadsOf: (userId) =>
      [...owners].filter(([, owner]) => owner === userId).map(([threadId]) => threadId).reverse(),
  };
}
