/** Reads the environment when it is imported: what the check of imports has to find. */
import process from "node:process";

export const home: string | undefined = process.env["HOME"];
