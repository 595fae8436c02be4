/** The matrix has a row for each public method: a new one without a row fails here. */
import { Codex } from "../../mod.ts";
import { LoginHandle } from "../../src/client/account/login_handle.ts";
import { SubAgent } from "../../src/client/agents/sub_agent.ts";
import { LiveStream } from "../../src/client/events/live_stream.ts";
import { ServerConfig } from "../../src/client/config.ts";
import { ExecProcess } from "../../src/client/exec/exec_process.ts";
import { FileSystem } from "../../src/client/fs/file_system.ts";
import { FsWatch } from "../../src/client/fs/fs_watch.ts";
import { Goal } from "../../src/client/goals/goal.ts";
import { TypedTurnHandle } from "../../src/client/output/typed_turn_handle.ts";
import { Mcp } from "../../src/client/mcp/mcp.ts";
import { Skills } from "../../src/client/skills.ts";
import { Search } from "../../src/client/search/search.ts";
import { Thread } from "../../src/client/threads/thread.ts";
import { TurnHandle } from "../../src/client/turns/turn_handle.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { FAULTS } from "./_faults.ts";
import { STEPS, WITHOUT_ROW } from "./_steps.ts";

const CLASSES: readonly { readonly name: string; readonly prototype: object }[] = [
  Codex,
  Thread,
  TurnHandle,
  TypedTurnHandle,
  SubAgent,
  Goal,
  ExecProcess,
  FileSystem,
  FsWatch,
  ServerConfig,
  Search,
  Mcp,
  Skills,
  LoginHandle,
];

function methodsOf({ name, prototype }: (typeof CLASSES)[number]): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([key, { value }]) => typeof value === "function" && key !== "constructor")
    .map(([key]) => `${name}.${key}`);
}

/** The classes of the faces of a client: of its getters that return objects. */
function facesOf(client: object): string[] {
  const getters = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(client)))
    .filter(([name, { get }]) => get !== undefined && name !== "metadata");
  const values = getters.map(([name]) => (client as Record<string, unknown>)[name]);
  return values.filter((value) => typeof value === "object" && !(value instanceof Promise))
    .map((value) => (value as object).constructor.name);
}

test("every public method has a row in the matrix of faults, or a reason to have none", () => {
  const rows = new Set([
    ...STEPS.map(({ name }) => name.split(" ")[0]),
    ...Object.keys(WITHOUT_ROW),
  ]);
  assertEquals(CLASSES.flatMap(methodsOf).filter((method) => !rows.has(method)), []);
  const faces = facesOf(new Codex({ connect: () => Promise.reject(new Error("never")) }));
  assertEquals(faces.filter((face) => !CLASSES.some(({ name }) => name === face)), []);
  assert(faces.length >= 3, String(faces));
  const stream = methodsOf(LiveStream).map((name) => name.replace("LiveStream", "FsWatch"));
  const disposed = ["LoginHandle.dispose", "ExecProcess.dispose"];
  const known = new Set([...disposed, ...CLASSES.flatMap(methodsOf), ...stream]);
  assertEquals([...rows].filter((row) => !known.has(row ?? "")), []);
  assertEquals(new Set(STEPS.map(({ name }) => name)).size, STEPS.length);
  assertEquals(new Set(FAULTS.map(({ name }) => name)).size, FAULTS.length);
  assert(STEPS.length * FAULTS.length > 3_000);
});
