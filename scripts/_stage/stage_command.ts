import { runMain } from "../_lib/command_line.ts";
import { StageError } from "./stage_error.ts";

/** Stages something and says what; what does not fit is told in one line. */
export async function stageCommand(stage: () => Promise<string>): Promise<void> {
  await runMain(async () => {
    try {
      console.log(`Staged ${await stage()}`);
    } catch (error) {
      if (error instanceof StageError) throw new Error(`Cannot stage: ${error.message}`);
      throw error;
    }
  });
}
