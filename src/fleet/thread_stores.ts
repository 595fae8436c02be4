/** Stores of rollouts: a folder, and anything that puts and gets objects. */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Bytes } from "../util/bytes.ts";
import type { ThreadStore } from "./store.ts";

/**
 * Stores rollouts in a folder, which all workers can reach: on one machine, or on a shared file system.
 *
 * @example
 * ```ts
 * import { folderThreads } from "@codex-app-server/sdk/fleet";
 *
 * const threads = folderThreads("/var/lib/fleet/threads");
 * ```
 */
export function folderThreads(folder: string): ThreadStore {
  const pathOf = (key: string): string => {
    return join(
      folder,
      ...key.split("/").map((name) => encodeURIComponent(name).replace(/^\./, "%2E")),
    );
  };
  return {
    async put(key, bytes): Promise<void> {
      const path = pathOf(key);
      await mkdir(dirname(path), { recursive: true });
      // A part appears whole or not at all.
      const partial = `${path}.${crypto.randomUUID()}`;
      try {
        await writeFile(partial, bytes, { flush: true });
        await rename(partial, path);
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
    },
    async get(key): Promise<Uint8Array | undefined> {
      try {
        return new Uint8Array(await readFile(pathOf(key)));
      } catch (error) {
        if ((error as { code?: string }).code === "ENOENT") return undefined;
        throw error;
      }
    },
    async remove(keys): Promise<void> {
      for (const key of keys) await rm(pathOf(key), { force: true });
    },
  };
}

/**
 * What an object storage such as S3 offers, as a few lines around its client provide it.
 *
 * @example
 * ```ts
 * import type { ObjectStorage } from "@codex-app-server/sdk/fleet";
 *
 * const storage: ObjectStorage = {
 *   putObject: async (key, body) => void await fetch(`https://store/${key}`, { method: "PUT", body }),
 *   getObject: async (key) => {
 *     const reply = await fetch(`https://store/${key}`);
 *     return reply.ok ? new Uint8Array(await reply.arrayBuffer()) : undefined;
 *   },
 *   deleteObject: async (key) => void await fetch(`https://store/${key}`, { method: "DELETE" }),
 * };
 * ```
 */
export interface ObjectStorage {
  /** Stores an object. */
  putObject(key: string, body: Bytes): Promise<void>;
  /** Returns an object; `undefined` if there is none. */
  getObject(key: string): Promise<Uint8Array | undefined>;
  /** Removes an object, if there is one. */
  deleteObject(key: string): Promise<void>;
}

/**
 * Stores rollouts in an object storage, such as S3. Each object is written once; conditional writes are not needed.
 *
 * @example
 * ```ts
 * import { objectThreads, type ObjectStorage, type ThreadStore } from "@codex-app-server/sdk/fleet";
 *
 * const threadsIn = (bucket: ObjectStorage): ThreadStore =>
 *   objectThreads(bucket, { prefix: "threads/" });
 * ```
 */
export function objectThreads(
  storage: ObjectStorage,
  options: { readonly prefix?: string } = {},
): ThreadStore {
  const { prefix = "" } = options;
  return {
    put: (key, bytes) => storage.putObject(prefix + key, new Uint8Array(bytes)),
    get: (key) => storage.getObject(prefix + key),
    async remove(keys): Promise<void> {
      for (const key of keys) await storage.deleteObject(prefix + key);
    },
  };
}
