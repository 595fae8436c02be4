// Imports the module that the argument names and prints what that took. It runs where the package is installed.
import process from "node:process";

const [specifier] = process.argv.slice(2);
const start = performance.now();
const before = process.cpuUsage();
if (specifier !== undefined) await import(specifier);
const { user, system } = process.cpuUsage(before);
const wallMs = performance.now() - start;
const rssMb = process.memoryUsage().rss / 1e6;
console.log(JSON.stringify({ value: (user + system) / 1_000, wallMs, rssMb }));
