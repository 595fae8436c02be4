// deno-lint-ignore-file explicit-function-return-type -- plain JavaScript
/**
 * Prepares a fresh clone: installs what `package-lock.json` names, and checks that the tools start. Plain JavaScript,
 * because it runs before anything is installed, under Node or Deno.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const lock = join(root, ".setup-lock");
const windows = process.platform === "win32";
const underDeno = process.versions.deno !== undefined;

/** For machines that only have Deno: npm itself is a package on npm. */
const npmPackage = "npm:npm@11.19.1";

const tools = [
  { name: "deno", program: join("deno", windows ? "deno.exe" : "deno"), install: "install.cjs" },
  { name: "bun", program: join("bun", "bin", "bun.exe"), install: "install.js" },
];

/**
 * Whether `node_modules` holds what the lock file names. npm's own copy of it there does not tell: npm also writes it when
 * it only updates the lock file. But npm writes it last, so an installation without it was interrupted.
 */
function installed() {
  const copy = readJson(join(modules, ".package-lock.json"));
  const packages = readJson(join(root, "package-lock.json"))?.packages;
  if (copy === undefined || packages === undefined) return false; // npm reports what is wrong
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

/** Runs npm: the one that started this script, the one on PATH, or else one that Deno runs. */
function npm(...args) {
  const parent = process.env.npm_execpath ?? "";
  const shell = { stdio: ["ignore", "ignore", "inherit"], cwd: root, shell: windows };
  const direct = { ...shell, shell: false };
  if (!underDeno && /npm-cli\.[cm]?js$/.test(parent)) {
    execFileSync(process.execPath, [parent, ...args], direct);
  } else if (spawnSync("npm", ["--version"], { ...shell, stdio: "ignore" }).status === 0) {
    execFileSync("npm", args, shell);
  } else if (underDeno) {
    // Without Node, install scripts that call it would fail; those needed are run below.
    const flags = ["--no-config", "--no-lock", "--node-modules-dir=none", npmPackage];
    execFileSync(process.execPath, ["run", "-A", ...flags, ...args, "--ignore-scripts"], direct);
  } else {
    throw new Error("Cannot set up: npm was not found on PATH");
  }
}

/** Runs a package's own install script, which npm was told not to do, if its tool does not start. */
function ensureStarts({ name, program, install }) {
  if (starts(program)) return;
  const flags = underDeno ? ["run", "-A", "--no-config", "--unstable-detect-cjs"] : [];
  execFileSync(process.execPath, [...flags, join(modules, name, install)], {
    cwd: join(modules, name),
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (starts(program)) return;
  const platform = `${process.platform}-${process.arch}`;
  throw new Error(`Cannot start ${name}: there may be no build of it for ${platform}`);
}

function starts(program) {
  return spawnSync(join(modules, program), ["--version"], { stdio: "ignore" }).status === 0;
}

/** Runs `action` while no other set-up of this folder does: two tasks may start at once in a fresh clone. */
function alone(action) {
  const limit = Date.now() + 600_000;
  while (!take()) {
    if (Date.now() > limit) {
      throw new Error(`Cannot set up: another set-up holds "${lock}"; remove it if none runs`);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  try {
    action();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Takes the lock, also from a process that is gone. */
function take() {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  try {
    process.kill(Number(readFileSync(lock, "utf8")), 0);
  } catch (error) {
    if (error.code === "ESRCH") rmSync(lock, { force: true });
  }
  return false;
}

if (process.argv.includes("--help")) {
  console.log("Installs what package-lock.json names, unless it is there\n\n  deno task setup");
  process.exit(0);
}
try {
  const [major] = process.versions.node.split(".").map(Number);
  if (!underDeno && major < 20) {
    throw new Error(`Cannot set up: Node 20 or newer is needed, this is ${process.versions.node}`);
  }
  if (!installed() || !tools.every(({ program }) => starts(program))) {
    alone(() => {
      if (!installed()) {
        console.log("Setting up: npm ci (needed once, and after a change of package-lock.json)");
        npm("ci", "--no-audit", "--no-fund", "--loglevel=error");
      }
      tools.forEach(ensureStarts);
    });
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
