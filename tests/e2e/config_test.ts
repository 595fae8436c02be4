import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigWriteError } from "../../errors.ts";
import { assert, assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

test("codex.config reads layers and writes all settings or none", async () => {
  await using session = await ScriptedCodex.start({ configOverrides: { model_verbosity: "low" } });
  const { config } = session.codex;

  const before = await config.read({ includeLayers: true });
  const types = before.layers?.map(({ name }) => name.type) ?? [];
  assertEquals([types[0], types.includes("user")], ["sessionFlags", true]);
  assertEquals(before.origins.model?.name.type, "user");
  assertEquals(before.origins.model_verbosity?.name.type, "sessionFlags");
  assertEquals((await config.read()).layers ?? null, null);

  const written = await config.write({ model_reasoning_effort: "low", "tools.view_image": false });
  assertEquals([written.status, written.overriddenMetadata], ["ok", null]);
  assertEquals((await config.read()).config.model_reasoning_effort, "low");
  // The option of this one server is stronger than the file.
  const overridden = await config.write({ model_verbosity: "high" });
  assertEquals(overridden.status, "okOverridden");
  assertEquals(overridden.overriddenMetadata?.effectiveValue, "low");

  const stale = { expectedVersion: written.version };
  const conflict = await assertRejects(
    () => config.write({ model_reasoning_effort: "high" }, stale),
    ConfigWriteError,
  );
  assertEquals(conflict.reason, "configVersionConflict");
  const invalid = await assertRejects(
    () => config.write({ model_reasoning_effort: "high", approval_policy: "sometimes" }),
    ConfigWriteError,
  );
  assertEquals(invalid.reason, "configValidationError");
  const current = { expectedVersion: overridden.version };
  await config.write({ model_verbosity: null }, current);
  assertEquals((await config.read()).config.model_reasoning_effort, "low");

  assertEquals(await config.requirements(), null);
  const { workspace } = session.scripted.home;
  const profiles = await config.permissionProfiles({ cwd: workspace });
  const ids = profiles.filter(({ allowed }) => allowed).map(({ id }) => id);
  assert([":read-only", ":workspace"].every((id) => ids.includes(id)), `${ids}`);
});

test("codex.search.files yields the best match first, and leaves the client usable when it is left", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const { workspace } = session.scripted.home;
  const folder = join(workspace, "notes");
  await mkdir(folder);
  for (const name of ["orders.md", "old-readers.txt"]) await writeFile(join(folder, name), "");
  const found: string[] = [];
  for await (const { path } of codex.search.files("orders", { roots: [workspace] })) {
    found.push(path.replace("\\", "/"));
  }
  assertEquals(found, ["notes/orders.md", "notes/old-readers.txt"]);
  const signal = AbortSignal.abort(new Error("too late"));
  await assertRejects(
    () => codex.search.files("orders", { roots: [workspace], signal }).next(),
    Error,
    "too late",
  );
  // The server walks this endless root until it is stopped.
  const search = codex.search.files("o", { roots: ["/"] });
  const pending = search.next();
  await codex.models();
  await search.return();
  assertEquals((await pending).done, true);
  for await (const match of codex.search.files("notes", { roots: [workspace] })) {
    assertEquals([match.path, match.match_type], ["notes", "directory"]);
    break;
  }
});
