/** Reads the environment when it is imported, for the check of imports to find. */
import process from "node:process";

export const home: string | undefined = process.env["HOME"];
