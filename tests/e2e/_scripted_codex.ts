/** A client on the real binary with a scripted model: one dispose ends both. */
import { Codex, type CodexOptions, type ServerNotification } from "../../mod.ts";
import { type ModelServer, ScriptedModel, type ScriptedModelOptions } from "../../testing.ts";

/** A client, its model, and the folders of its server. */
export class ScriptedCodex implements AsyncDisposable {
  readonly codex: Codex;
  readonly scripted: ScriptedModel;

  private constructor(codex: Codex, scripted: ScriptedModel) {
    this.codex = codex;
    this.scripted = scripted;
  }

  static async start(
    options: CodexOptions = {},
    modelOptions: ScriptedModelOptions = {},
  ): Promise<ScriptedCodex> {
    const scripted = await ScriptedModel.start(modelOptions);
    try {
      const env = { ...scripted.options.env, ...options.env };
      const codex = await Codex.start({ ...scripted.options, ...options, env });
      return new ScriptedCodex(codex, scripted);
    } catch (error) {
      await scripted.close();
      throw error;
    }
  }

  get model(): ModelServer {
    return this.scripted.model;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.codex.close();
    await this.scripted.close();
  }
}

/** The texts of the message deltas in a list of events. */
export function deltasOf(events: readonly ServerNotification[]): string[] {
  return events.flatMap((event) =>
    event.method === "item/agentMessage/delta" ? [event.params.delta] : []
  );
}

/** Counts the events with a method. */
export function count(events: readonly ServerNotification[], method: string): number {
  return events.filter((event) => event.method === method).length;
}
