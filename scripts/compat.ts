/** Tries the SDK on older and newer runtimes: `deno task compat`. What it does is described by `--help`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { RUNTIME_VERSION } from "../src/process/runtime_version.ts";
import { NEWER_FIELDS } from "../src/protocol/newer_fields.ts";
import { isOlder } from "../src/protocol/metadata.ts";
import { hostFeatures } from "./_compat/host_features.ts";
import { describeCompatibility, describeNewerFields, versionsIn } from "./_compat/report.ts";
import {
  faultsIn,
  newerFields,
  type RequestFields,
  requestFields,
} from "./_compat/request_fields.ts";
import { type Cell, runFeatures } from "./_compat/run_features.ts";
import { turnFeatures } from "./_compat/turn_features.ts";
import { findNativeBinary } from "./_generate/run_upstream.ts";
import { fetchCodex, newestCodex } from "./_lib/codex_package.ts";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { writeOrCheck } from "./_lib/format_markdown.ts";
import { withScratch } from "./_lib/interruption.ts";
import { projectRoot } from "./_lib/project.ts";

/** The older versions that the promise is about. */
const OLDER = ["0.155.1", "0.160.1", "0.163.0", "0.165.0", "0.168.0", "0.169.0"];
const PAGE = "docs/compatibility.md";
const TABLE = "src/protocol/newer_fields.ts";

const help = `Runs the features of the SDK on real runtimes: Codex ${OLDER.join(", ")},
the one that is installed and the newest release. Writes ${PAGE} and the fields that older ones ignore,
${TABLE}. npm downloads the runtimes (150 MB each); the oldest stays in the user's
cache. Fails where a feature comes to something else than is expected of that version.

  deno task compat [--only=VERSION,...] [--check] [--json]

  --only   these versions alone, also "oldest", "installed" and "newest"; writes nothing
  --check  writes nothing, and fails where a file is not as it would be written
  --json   prints the outcomes as JSON, and neither writes nor checks a file`;

const { values } = commandLine({
  help,
  options: {
    only: { type: "string" },
    check: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const features = { ...turnFeatures, ...hostFeatures };
const fields = new Map<string, RequestFields>();
const log = values.json ? console.error : console.log;

function sorted(versions: readonly string[]): string[] {
  return [...new Set(versions)].sort((a, b) => isOlder(a, b) ? -1 : 1);
}

/** Passes on the path of the executable of a version; one that is not kept is gone afterwards. */
function withRuntime<T>(version: string, use: (executable: string) => Promise<T>): Promise<T> {
  if (version === RUNTIME_VERSION) return use(findNativeBinary());
  if (version === OLDER[0]) return fetchCodex(version).then(use);
  return withScratch("codex-compat-", async (cache) => use(await fetchCodex(version, { cache })));
}

async function run(version: string): Promise<Cell[]> {
  const started = performance.now();
  const cells = await withRuntime(version, async (executable) => {
    fields.set(version, await requestFields(executable));
    return await runFeatures({ version, executable }, features);
  });
  const works = cells.filter(({ outcome }) => outcome === "works").length;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  log(`${version}: ${works} of ${cells.length} features work (${seconds} s)`);
  for (const { feature, outcome, reason, isExpected } of cells) {
    if (!isExpected) log(`  UNEXPECTED ${feature}: ${outcome} (${reason})`);
  }
  return cells;
}

await runMain(async () => {
  const [oldest = ""] = OLDER;
  const newest = await newestCodex().catch((error) => {
    log(`${error.message.trim()}\nThe newest that is run is the one that is installed.`);
    return RUNTIME_VERSION;
  });
  const named: Record<string, string> = { oldest, newest, installed: RUNTIME_VERSION };
  const all = sorted([...OLDER, RUNTIME_VERSION, newest]);
  const only = values.only?.split(",").map((version) => named[version] ?? version);
  const cells: Cell[] = [];
  for (const version of sorted(only ?? all)) cells.push(...await run(version));
  if (values.json) console.log(JSON.stringify(cells, null, 2));
  if (cells.some(({ isExpected }) => !isExpected)) process.exitCode = 1;
  else if (!values.json && (values.check || only === undefined)) {
    await write(all, only === undefined);
  }
});

/** Writes or checks the files; where only some versions were run, what the others would change is taken as it is. */
async function write(all: readonly string[], isWhole: boolean): Promise<void> {
  const ours = fields.get(RUNTIME_VERSION) ??
    await withRuntime(RUNTIME_VERSION, requestFields);
  const table = isWhole ? newerFields(fields, ours) : NEWER_FIELDS;
  const faults = [...fields].flatMap(([version, known]) => faultsIn(table, version, known, ours));
  if (faults.length > 0) throw new Error(`${TABLE} is wrong about ${faults.join(", ")}`);
  // A release of the runtime alone does not make the page wrong.
  const before = values.check ? versionsIn(readFileSync(join(projectRoot, PAGE), "utf8")) : all;
  const versions = sorted([...before, ...OLDER, RUNTIME_VERSION]);
  const page = { features, newerFields: table, versions, pinned: RUNTIME_VERSION };
  writeOrCheck(TABLE, describeNewerFields(table), "compat", values.check);
  writeOrCheck(PAGE, describeCompatibility(page), "compat", values.check);
}
