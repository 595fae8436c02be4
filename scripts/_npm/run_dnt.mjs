/**
 * Runs dnt with the options given as JSON; without any, only tells whether it can be imported.
 *
 * Plain JavaScript, which no type check follows: where JSR can be reached, a check would want dnt's own dependencies in
 * this project's `node_modules`.
 */
import process from "node:process";

const { build } = await import("jsr:@deno/dnt@0.43.2");
const [options] = process.argv.slice(2);
if (options !== undefined) await build(JSON.parse(options));
