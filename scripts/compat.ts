/** Runs the SDK on older and newer runtimes: `deno task compat`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { RUNTIME_VERSION } from "../src/process/runtime_version.ts";
import { NEWER_FIELDS } from "../src/protocol/newer_fields.ts";
import { isOlder } from "../src/protocol/metadata.ts";
import { runFeatures } from "../tests/compat/features.ts";
import { hostFeatures } from "../tests/compat/host_features.ts";
import { turnFeatures } from "../tests/compat/turn_features.ts";
import {
  describeCompatibility,
  describeNewerFields,
  faultsIn,
  newerFields,
  type RequestFields,
  requestFields,
} from "./_compat/report.ts";
import { readProtocol } from "./_generate/read_protocol.ts";
import { findNativeBinary, withUpstream } from "./_generate/run_upstream.ts";
import { newestCodex, withCodex } from "./_lib/codex_package.ts";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { writeOrCheck } from "./_lib/format_code.ts";
import { projectRoot } from "./_lib/project.ts";

/** The older versions that the promise is about, in their order. */
const OLDER = ["0.155.1", "0.160.1", "0.163.0", "0.165.0", "0.168.0", "0.169.0"];
const PAGE = "docs/compatibility.md";
const TABLE = "src/protocol/newer_fields.ts";

const help = `Runs the features of tests/compat on real runtimes: Codex ${OLDER.join(", ")},
the installed one and a newer release, if there is one. Writes the tables of ${PAGE} and the fields that older ones
ignore, ${TABLE}. npm downloads the runtimes (160 to 190 MB each) and keeps them in
its cache. Fails where a feature has another outcome than expected of that version.

  deno task compat [--only=VERSION,...] [--check]

  --only   only these versions, also "oldest", "installed" and "newer"; writes nothing
  --check  writes nothing, and fails where a file is not as it would be written`;

const { values } = commandLine({
  help,
  options: { only: { type: "string" }, check: { type: "boolean", default: false } },
});
const features = { ...turnFeatures, ...hostFeatures };
const fields = new Map<string, RequestFields>();

function withRuntime<T>(version: string, use: (executable: string) => Promise<T>): Promise<T> {
  return version === RUNTIME_VERSION ? use(findNativeBinary()) : withCodex(version, use);
}

async function fieldsOf(executable: string): Promise<RequestFields> {
  return requestFields(await withUpstream(readProtocol, executable));
}

/** Runs the features on a version, and reports those with another outcome than expected. */
async function run(version: string): Promise<void> {
  const started = performance.now();
  const cells = await withRuntime(version, async (executable) => {
    fields.set(version, await fieldsOf(executable));
    return await runFeatures({ version, executable }, features);
  });
  const works = cells.filter(({ outcome }) => outcome === "works").length;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${version}: ${works} of ${cells.length} features work (${seconds} s)`);
  for (const { feature, outcome, reason, isExpected } of cells) {
    if (isExpected) continue;
    console.log(`  UNEXPECTED ${feature}: ${outcome} (${reason})`);
    process.exitCode = 1;
  }
}

await runMain(async () => {
  const newest = await newestCodex().catch((error) => {
    console.log(`${error.message.trim()}\nNothing newer than the installed Codex is run.`);
    return RUNTIME_VERSION;
  });
  const named: Record<string, readonly string[]> = {
    oldest: OLDER.slice(0, 1),
    installed: [RUNTIME_VERSION],
    newer: isOlder(RUNTIME_VERSION, newest) ? [newest] : [],
  };
  const versions = values.only?.split(",").flatMap((version) => named[version] ?? [version]);
  for (const version of versions ?? new Set([...OLDER, RUNTIME_VERSION, newest])) {
    await run(version);
  }
  if (process.exitCode === 1 || versions !== undefined && !values.check) return;
  // What was not run is taken from the table.
  const ours = fields.get(RUNTIME_VERSION) ?? await withRuntime(RUNTIME_VERSION, fieldsOf);
  const table = versions === undefined ? newerFields(fields, ours) : NEWER_FIELDS;
  const faults = [...fields].flatMap(([version, known]) => faultsIn(table, version, known, ours));
  if (faults.length > 0) throw new Error(`${TABLE} is wrong about ${faults.join(", ")}`);
  const all = { features, newerFields: table, versions: [...OLDER, RUNTIME_VERSION] };
  writeOrCheck(TABLE, describeNewerFields(table), "compat", values.check);
  const page = readFileSync(join(projectRoot, PAGE), "utf8");
  writeOrCheck(PAGE, describeCompatibility(page, all), "compat", values.check);
});
