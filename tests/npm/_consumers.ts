/** The test runners and module systems of users: each runs the examples of docs/testing.md on the installed package. */
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../../scripts/_lib/project.ts";
import type { Runtime } from "./_tools.ts";

/** The versions that are installed. */
export const VERSIONS = {
  "@jest/globals": "30.5.2",
  "@types/node": "24.10.1",
  jest: "30.5.2",
  "jest-environment-jsdom": "30.5.2",
  jsdom: "31.0.1",
  "ts-jest": "29.4.15",
  typescript: "6.0.3",
  vitest: "5.1.2",
} as const;

/** What one consumer installs and runs. */
export interface ToolConsumer {
  readonly packages: readonly (keyof typeof VERSIONS)[];
  readonly runtimes: readonly Runtime[];
  /** Further files; those of {@linkcode exampleFiles} and `entries.mjs` are there too. */
  readonly files?: Readonly<Record<string, string>>;
  /** The arguments of each run, in order. */
  readonly runs: readonly (readonly string[])[];
  /** What the output of the last run says if its tests passed. */
  readonly passed: RegExp;
}

const jest = ["--experimental-vm-modules", "node_modules/jest/bin/jest.js"];
const vitest = ["node_modules/vitest/vitest.mjs", "run", "--no-color"];
const tsc = ["node_modules/typescript/bin/tsc", "-p"];

/** A test in CommonJS, and the same in TypeScript: both leave the import to the compiler or to `require()`. */
const TURN = `test("a turn", async () => {
  const scripted = await ScriptedModel.start();
  try {
    scripted.model.enqueue(message("Four."));
    const codex = await Codex.start(scripted.options);
    try {
      const thread = await codex.threadStart();
      const { finalResponse } = await thread.run("What is two and two?");
      expect(finalResponse).toBe("Four.");
    } finally {
      await codex.close();
    }
  } finally {
    await scripted.close();
  }
}, 60_000);
`;
const REQUIRE = `const { Codex } = require("@codex-app-server/sdk");
const { message, ScriptedModel } = require("@codex-app-server/sdk/testing");
`;
const IMPORT = `import { expect, test } from "@jest/globals";
import { Codex } from "@codex-app-server/sdk";
import { message, ScriptedModel } from "@codex-app-server/sdk/testing";
`;

/** A program of CommonJS without a test runner, which must print "passed". */
const BARE = `const test = async (_name, run) => {
  await run();
  console.log("passed");
};
const expect = (value) => ({ toBe: require("node:assert").equal.bind(null, value) });
`;

/** The dynamic import of docs/entry-points.md, as TypeScript with \`module: node16\` leaves it. */
const DYNAMIC =
  `import type { Codex } from "@codex-app-server/sdk" with { "resolution-mode": "import" };
async function version(): Promise<string | null> {
  const { Codex } = await import("@codex-app-server/sdk");
  const { ScriptedModel } = await import("@codex-app-server/sdk/testing");
  const scripted = await ScriptedModel.start();
  const codex: Codex = await Codex.start(scripted.options);
  const { version } = codex.metadata;
  await codex.close();
  await scripted.close();
  return version;
}
version().then((found) => console.log("passed", found));
`;

const compilerOptions = {
  ...{ target: "es2022", lib: ["es2022", "esnext.disposable"], types: ["node"], strict: true },
  ...{ isolatedModules: true },
};
const tsconfig = (options: object, files?: readonly string[]): string =>
  JSON.stringify({ compilerOptions: { ...compilerOptions, ...options }, files });

const JEST_ESM: Readonly<Record<string, string>> = {
  "jest.config.json": JSON.stringify({
    testMatch: ["**/*.jest.test.mjs"],
    moduleFileExtensions: ["mjs", "js", "json"],
  }),
};

/** A turn while timers are faked, for vitest and jest. */
const faked = (fake: string): string =>
  IMPORT.replace("expect, test", `expect, ${fake}, test`)
    .replace("@jest/globals", fake === "vi" ? "vitest" : "@jest/globals") +
  TURN.replace("{\n", `{\n  ${fake}.useFakeTimers();\n`);

/** The consumers by name. */
export const CONSUMERS: Readonly<Record<string, ToolConsumer>> = {
  "CommonJS with require()": {
    packages: [],
    runtimes: ["Node 20", "Node 22", "Node 24", "Bun", "Deno"],
    files: { "turn.cjs": REQUIRE + BARE + TURN },
    runs: [["turn.cjs"]],
    passed: /passed/,
  },
  "CommonJS from TypeScript with module: node16": {
    packages: ["typescript", "@types/node"],
    runtimes: ["Node 20", "Node 24"],
    files: { "turn.cts": DYNAMIC, "tsconfig.json": tsconfig({ module: "node16" }, ["turn.cts"]) },
    runs: [[...tsc, "tsconfig.json"], ["turn.cjs"]],
    passed: /passed/,
  },
  "CommonJS from TypeScript with moduleResolution: node10": {
    packages: ["typescript", "@types/node"],
    runtimes: ["Node 20", "Node 24"],
    files: {
      "cjs/package.json": "{}",
      "cjs/turn.ts": `import { Codex } from "@codex-app-server/sdk";
import { TransportClosedError } from "@codex-app-server/sdk/errors";
import { message, ScriptedModel } from "@codex-app-server/sdk/testing";
console.log(Codex, TransportClosedError, message, ScriptedModel.start, "passed");
`,
      "tsconfig.json": tsconfig(
        { module: "commonjs", moduleResolution: "node10", ignoreDeprecations: "6.0" },
        ["cjs/turn.ts"],
      ),
    },
    runs: [[...tsc, "tsconfig.json"], ["cjs/turn.js"]],
    passed: /passed/,
  },
  "node:test": {
    packages: [],
    runtimes: ["Node 20", "Node 22", "Node 24"],
    runs: [["--test", "--test-reporter=tap", "ask.node.test.mjs"]],
    passed: /^# pass 1$/m,
  },
  "Deno.test": {
    packages: [],
    runtimes: ["Deno"],
    runs: [["test", "-A", "--no-check", "ask.deno.test.mjs"]],
    passed: /1 passed/,
  },
  "vitest": {
    packages: ["vitest", "jsdom"],
    runtimes: ["Node 24"], // the oldest that jsdom supports
    files: {
      "entries.vitest.test.mjs":
        `import { test } from "vitest";\ntest("entries", () => import("./entries.mjs"));\n`,
      "faked.vitest.test.mjs": faked("vi"),
    },
    runs: [[...vitest, "vitest"], [...vitest, "vitest", "--environment=jsdom"]],
    passed: /Tests +3 passed/,
  },
  "jest": {
    packages: ["jest", "@jest/globals"],
    runtimes: ["Node 20", "Node 22", "Node 24"],
    files: {
      ...JEST_ESM,
      "entries.jest.test.mjs": `test("entries", () => import("./entries.mjs"));\n`,
      "faked.jest.test.mjs": faked("jest"),
    },
    runs: [jest],
    passed: /Tests: +3 passed/,
  },
  "jest, where a test is CommonJS": {
    packages: ["jest"],
    runtimes: ["Node 24"],
    files: {
      "jest.config.json": JSON.stringify({ testMatch: ["**/turn.test.cjs"] }),
      "turn.test.cjs": REQUIRE + TURN,
    },
    runs: [jest],
    passed: /Tests: +1 passed/,
  },
  "jest, which imports the package under jsdom": {
    packages: ["jest", "jest-environment-jsdom"],
    runtimes: ["Node 24"],
    files: {
      ...JEST_ESM,
      "entries.jest.test.mjs": `/** @jest-environment jsdom */\n` +
        `test("entries", () => import("./entries.mjs"));\n`,
    },
    runs: [[...jest, "entries"]],
    passed: /Tests: +1 passed/,
  },
  "ts-jest": {
    packages: ["jest", "@jest/globals", "ts-jest", "typescript", "@types/node"],
    runtimes: ["Node 20", "Node 24"],
    files: {
      "jest.config.json": JSON.stringify({ preset: "ts-jest/presets/default-esm" }),
      "tsconfig.json": tsconfig({ module: "nodenext" }),
      "turn.test.ts": IMPORT + TURN,
    },
    runs: [[...jest, "turn"]],
    passed: /Tests: +1 passed/,
  },
  "ts-jest that compiles to CommonJS": {
    packages: ["jest", "@jest/globals", "ts-jest", "typescript", "@types/node"],
    runtimes: ["Node 24"],
    files: {
      "cjs/package.json": "{}",
      "cjs/turn.test.ts": IMPORT + TURN,
      "jest.config.json": JSON.stringify({ preset: "ts-jest", roots: ["cjs"] }),
      "tsconfig.json": tsconfig({ module: "nodenext" }),
    },
    runs: [jest],
    passed: /Tests: +1 passed/,
  },
};

/** Returns the examples of docs/testing.md by file name: the blocks that begin with one. */
export function exampleFiles(): Map<string, string> {
  const page = readFileSync(join(projectRoot, "docs", "testing.md"), "utf8");
  const blocks = page.matchAll(/^```js ignore\n\/\/ (\S+)\n([^]*?)^```$/gm);
  return new Map([...blocks].map(([, name = "", code = ""]) => [name, code]));
}

/** Writes the files of a consumer into a project in which the package is installed. */
export async function writeConsumer(
  project: string,
  { files = {} }: ToolConsumer,
  entries: readonly string[],
): Promise<void> {
  // What needs an optional peer is for those who install it.
  const alone = entries.filter((entry) => entry !== "./ai");
  const imports = alone.map((entry) => `import "@codex-app-server/sdk${entry.slice(1)}";\n`);
  const all = { ...Object.fromEntries(exampleFiles()), "entries.mjs": imports.join(""), ...files };
  for (const [file, text] of Object.entries(all)) {
    await mkdir(join(project, file, ".."), { recursive: true });
    await writeFile(join(project, file), text);
  }
}
