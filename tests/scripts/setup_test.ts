import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runCommand } from "../../scripts/_lib/command.ts";
import { projectRoot } from "../../scripts/_lib/project.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const WANTED = { "": {}, "node_modules/codex": { version: "2.0.0" } };

/** Returns whether the setup of a project with these packages in `node_modules` runs `npm ci`. */
async function installs(installed: Readonly<Record<string, string>>): Promise<boolean> {
  const root = mkdtempSync(join(tmpdir(), "setup-"));
  const write = (file: string, content: unknown): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), JSON.stringify(content));
  };
  try {
    write("package-lock.json", {
      packages: { ...WANTED, "node_modules/other-system": { version: "1.0.0", optional: true } },
    });
    // npm's own record says that everything is installed.
    write("node_modules/.package-lock.json", { packages: WANTED });
    for (const [name, version] of Object.entries(installed)) {
      write(`node_modules/${name}/package.json`, { name, version });
    }
    mkdirSync(join(root, "scripts"));
    copyFileSync(join(projectRoot, "scripts/setup.mjs"), join(root, "scripts/setup.mjs"));
    const npm = join(root, "npm-cli.cjs");
    writeFileSync(
      npm,
      `require("node:fs").writeFileSync(__dirname + "/called", ""); process.exit(1)`,
    );
    await runCommand("node", [join(root, "scripts/setup.mjs")], { env: { npm_execpath: npm } });
    return existsSync(join(root, "called"));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

test(
  "setup installs if a package is missing or has another version, whatever npm has recorded",
  async () => {
    assertEquals(await installs({ codex: "2.0.0" }), false);
    assertEquals(await installs({ codex: "1.0.0" }), true);
    assertEquals(await installs({}), true);
    assertEquals(await installs({ codex: "2.0.0", "other-system": "0.9.0" }), true);
  },
  { timeoutMs: 60_000 },
);
