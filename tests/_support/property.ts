/**
 * Property tests: their values are random, but the same in every run of the gate. `FUZZ_SEED=7` chooses other values,
 * `FUZZ_ROUNDS=4000` more of them. A failure names its seed.
 */
import process from "node:process";
import fc from "fast-check";

/** The seed of all properties. */
export const seed: number = Number(process.env["FUZZ_SEED"] ?? 1);

fc.configureGlobal({ seed });

/** Returns how many rounds to run: as many as the gate does, or `FUZZ_ROUNDS`. */
export function rounds(gate: number): number {
  return Number(process.env["FUZZ_ROUNDS"] ?? gate);
}

export { fc };
