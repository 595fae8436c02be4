/** Every operation with every fault, judged by the same rules: see `_cell.ts`. */
import process from "node:process";
import { test } from "../_support/test.ts";
import { CARRIERS } from "./_carriers.ts";
import { type Carrier, runStep } from "./_cell.ts";
import { type Fault, FAULTS } from "./_faults.ts";
import { type Step, STEPS } from "./_steps.ts";

/**
 * `FAULTS=all` runs every cell. A part of the names of cells, such as `FAULTS="Thread.run / aborted"`, runs these one at a
 * time and prints what they did.
 */
const wanted = process.env["FAULTS"];

/** All faults in memory, and every fourth one, in turn, as bytes. */
function faultsOf(row: number, { name }: Carrier): readonly Fault[] {
  if (wanted === "all" || name === "memory") return FAULTS;
  return FAULTS.filter((_, column) => (row + column) % 4 === 0);
}

async function runNamed(step: Step, carrier: Carrier): Promise<string[]> {
  const named = FAULTS.filter(({ name }) =>
    `${step.name} / ${name} / ${carrier.name}`.includes(wanted ?? "")
  );
  const red: string[] = [];
  for (const fault of named) {
    red.push(...await runStep(step, [fault], carrier, (cell, did) => console.log(cell, did)));
  }
  return red;
}

for (const carrier of CARRIERS) {
  test(`every operation settles in time and leaves nothing behind, whatever the server does: over ${carrier.name}`, async () => {
    const red: string[] = [];
    for (const [row, step] of STEPS.entries()) {
      red.push(
        ...wanted === undefined || wanted === "all"
          ? await runStep(step, faultsOf(row, carrier), carrier)
          : await runNamed(step, carrier),
      );
    }
    if (red.length > 0) throw new Error(`${red.length} cells are red:\n${red.join("\n")}`);
  });
}
