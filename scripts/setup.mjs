// deno-lint-ignore-file explicit-function-return-type -- plain JavaScript
/**
 * Makes a fresh clone ready: installs what `package-lock.json` names, once, and checks that the tools start.
 * Plain JavaScript on Node's built-in modules, so that it runs before anything is installed, under Node and under Deno.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const lock = join(root, ".setup-lock");
const windows = process.platform === "win32";
const underDeno = process.versions.deno !== undefined;

/** For a machine that has Deno alone: npm itself is a package on npm. */
const npmPackage = "npm:npm@11.19.1";

const tools = [
  { name: "deno", program: join("deno", windows ? "deno.exe" : "deno"), install: "install.cjs" },
  { name: "bun", program: join("bun", "bin", "bun.exe"), install: "install.js" },
];

/** Runs `action` while no other set-up does: two commands may be started at once in a fresh clone. */
function alone(action) {
  const deadline = Date.now() + 600_000;
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (abandoned()) rmSync(lock, { recursive: true, force: true });
    else if (Date.now() > deadline) throw new Error(`Cannot set up: "${lock}" is held`);
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  try {
    writeFileSync(join(lock, "pid"), String(process.pid));
    action();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** Whether the process that holds the lock is gone. */
function abandoned() {
  try {
    const pid = Number(readFileSync(join(lock, "pid"), "utf8"));
    process.kill(pid, 0);
    return false;
  } catch (error) {
    if (error.code === "ESRCH") return true;
  }
  try {
    // The holder has not written its pid yet, or never will.
    return Date.now() - statSync(lock).mtimeMs > 10_000 && !existsSync(join(lock, "pid"));
  } catch {
    return false;
  }
}

/**
 * Whether `node_modules` holds what the lock file names. npm writes its own copy of the lock file there at the end of an
 * installation, but also when it only updates the lock file: so the packages themselves are read.
 */
function installed() {
  if (!existsSync(join(modules, ".package-lock.json"))) return false;
  const packages = readJson(join(root, "package-lock.json"))?.packages;
  if (packages === undefined) return false; // npm says what is wrong with it
  return Object.entries(packages).every(([path, { version, optional }]) => {
    if (path === "") return true;
    const found = readJson(join(root, path, "package.json"))?.version;
    return found === version || (found === undefined && optional === true);
  });
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function install() {
  console.log("Setting up: npm ci (needed once, and after a change of package-lock.json)");
  const [program, ...args] = npm();
  const quiet = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const done = spawnSync(program, [...args, ...quiet], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    shell: windows && program === "npm",
  });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${done.stdout}npm ci ended with ${done.status}`);
}

/** The npm to use: the one that started this script, the one on PATH, or, where there is neither, npm run by Deno. */
function npm() {
  const parent = process.env.npm_execpath ?? "";
  if (!underDeno && /npm-cli\.[cm]?js$/.test(parent)) return [process.execPath, parent];
  const onPath = spawnSync("npm", ["--version"], { stdio: "ignore", shell: windows });
  if (onPath.status === 0) return ["npm"];
  if (!underDeno) throw new Error("Cannot set up: npm was not found on PATH");
  const flags = ["run", "-A", "--no-config", "--no-lock", "--node-modules-dir=none", npmPackage];
  // Without Node, install scripts that call it would fail; those needed are run below.
  return [process.execPath, ...flags, "--ignore-scripts"];
}

/** Starts a tool, and runs its package's own install script when npm was told not to. */
function ensureStarts({ name, program, install }) {
  if (starts(join(modules, program))) return;
  const script = join(modules, name, install);
  const asCommonJs = ["run", "-A", "--no-config", "--unstable-detect-cjs", script];
  const args = underDeno ? asCommonJs : [script];
  execFileSync(process.execPath, args, {
    cwd: dirname(script),
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (!starts(join(modules, program))) {
    throw new Error(
      `Cannot start ${name}: there may be no build of it for ${process.platform}-${process.arch}`,
    );
  }
}

function starts(program) {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}

function main() {
  const [major] = process.versions.node.split(".").map(Number);
  if (!underDeno && major < 20) {
    throw new Error(`Cannot set up: Node 20 or newer is needed, this is ${process.versions.node}`);
  }
  const ready = () => installed() && tools.every(({ program }) => starts(join(modules, program)));
  if (ready()) return;
  alone(() => {
    if (!installed()) install();
    tools.forEach(ensureStarts);
  });
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
