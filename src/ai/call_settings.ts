/** The settings of a call: what becomes an option of a turn, and what Codex has no setting for. */
import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  SharedV4Warning,
} from "@ai-sdk/provider";
import type { TurnOptions } from "../client/turns/turn_options.ts";
import type { OutputFormat } from "./output_format.ts";
import type { CodexCallOptions, CodexModelSettings } from "./provider_options.ts";

/** Settings of model APIs that an agent does not have. */
const UNSUPPORTED = [
  "maxOutputTokens",
  "temperature",
  "topP",
  "topK",
  "presencePenalty",
  "frequencyPenalty",
  "seed",
] as const;

/** The tools that a call offers, and the warnings about its settings. */
export interface ReadSettings {
  readonly tools: readonly LanguageModelV4FunctionTool[];
  readonly warnings: SharedV4Warning[];
}

/** Reads the settings of a call. */
export function readSettings(options: LanguageModelV4CallOptions): ReadSettings {
  const warnings: SharedV4Warning[] = [];
  const unsupported = (feature: string, details: string): void => {
    warnings.push({ type: "unsupported", feature, details });
  };
  for (const name of UNSUPPORTED) {
    if (options[name] !== undefined) unsupported(name, "Codex has no such setting: it is ignored");
  }
  if (options.stopSequences !== undefined && options.stopSequences.length > 0) {
    unsupported("stopSequences", "Codex has no such setting: it is ignored");
  }
  // The AI SDK always sends its own user agent.
  const headers = Object.keys(options.headers ?? {}).filter((name) =>
    name.toLowerCase() !== "user-agent"
  );
  if (headers.length > 0) unsupported("headers", "the protocol has none: they are ignored");
  const { toolChoice } = options;
  if (toolChoice?.type === "required" || toolChoice?.type === "tool") {
    unsupported("toolChoice", `Codex decides itself which tools it calls: "${toolChoice.type}"`);
  }
  const tools: LanguageModelV4FunctionTool[] = [];
  for (const tool of toolChoice?.type === "none" ? [] : options.tools ?? []) {
    if (tool.type === "function") tools.push(tool);
    else unsupported(`tool ${tool.id}`, "it is a tool of another provider");
  }
  return { tools, warnings };
}

/** Returns the options of the turn for a call. */
export function turnOptions(
  modelId: string | undefined,
  settings: CodexModelSettings,
  call: CodexCallOptions,
  { reasoning, format }: {
    readonly reasoning: LanguageModelV4CallOptions["reasoning"];
    readonly format: OutputFormat;
  },
): TurnOptions {
  const { cwd, sandbox, approvalMode, serviceTier } = call;
  const asked = reasoning === "provider-default" ? undefined : reasoning;
  const effort = call.effort ?? asked ?? settings.effort;
  const summary = call.summary ?? settings.summary;
  return {
    ...(modelId === undefined ? {} : { model: modelId }),
    ...(effort === undefined ? {} : { effort }),
    ...(summary === undefined ? {} : { summary }),
    ...(settings.limits === undefined ? {} : { limits: settings.limits }),
    ...(format.schema === undefined ? {} : { outputSchema: format.schema }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(sandbox === undefined ? {} : { sandbox }),
    ...(approvalMode === undefined ? {} : { approvalMode }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
  };
}
