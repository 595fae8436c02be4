/** An npm registry on loopback: Verdaccio, in a process of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { projectRoot } from "../../scripts/_lib/project.ts";
import { cleanEnvironment, mustRun, type Tools } from "./_tools.ts";

/** Runs Verdaccio until its standard input ends, so that it never outlives this process; prints its port. */
const VERDACCIO = `
import { createRequire } from "node:module";
const [module, settings] = process.argv.slice(1);
const { runServer } = createRequire(process.cwd() + "/")(module);
const server = await runServer(JSON.parse(settings));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
`;

/**
 * Starts a registry with the packages of some folders, and returns its URL. It ends with this process.
 *
 * @param folder an empty folder for its storage
 * @param proxy whether everything else comes from the registry that npm is configured with
 */
export async function startRegistry(
  folder: string,
  tools: Tools,
  packages: readonly string[],
  proxy: boolean,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const ask = async (key: string): Promise<string> =>
    (await mustRun("npm", ["config", "get", key], projectRoot)).trim();
  const cafile = await ask("cafile");
  const anyone = { access: "$all", publish: "$all" };
  const settings = {
    self_path: folder,
    storage: join(folder, "storage"),
    auth: { htpasswd: { file: join(folder, "htpasswd"), max_users: -1 } },
    uplinks: { upstream: { url: await ask("registry"), timeout: "120s" } },
    packages: {
      "@codex-app-server/*": anyone,
      "**": proxy ? { ...anyone, proxy: "upstream" } : anyone,
    },
    max_body_size: "2000mb", // a package of the runtime has 150 MB
    log: { type: "file", path: join(folder, "log"), level: "warn" },
    web: { enable: false },
  };
  const node = tools.program("Node 24");
  const script = ["--input-type=module", "--eval", VERDACCIO];
  const child = spawn(node, [...script, tools.path("verdaccio"), JSON.stringify(settings)], {
    cwd: folder,
    env: { ...process.env, ...(cafile === "null" ? {} : { NODE_EXTRA_CA_CERTS: cafile }) },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [port] = await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`Verdaccio ended: ${code}`))),
  ]);
  const host = `//127.0.0.1:${String(port).trim()}/`;
  const config = join(folder, "npmrc");
  await writeFile(config, `registry=http:${host}\n${host}:_authToken=anyone\n`);
  const flags = ["--tag=latest", `--userconfig=${config}`, "--loglevel=error"];
  for (const one of packages) {
    await mustRun("npm", ["publish", ...flags], one, cleanEnvironment(folder, node));
  }
  return `http:${host}`;
}
