/**
 * A registry on loopback, run by a Node that is new enough for it: `node registry_process.mjs <verdaccio> <settings>`.
 * Prints its port; ends with its standard input, so that it never outlives who started it.
 */
import { once } from "node:events";
import { createRequire } from "node:module";
import process from "node:process";

const [module, settings] = process.argv.slice(2);
const { runServer } = createRequire(import.meta.url)(module);
const server = await runServer(JSON.parse(settings));
server.listen(0, "127.0.0.1");
await once(server, "listening");
process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`);
process.stdin.on("end", () => process.exit(0)).resume();
