/** What a call wants as output: text, or JSON that fits a schema. */
import type { LanguageModelV4CallOptions, SharedV4Warning } from "@ai-sdk/provider";
import { InvalidSchemaError, SchemaNotStrictError } from "../errors/schema_errors.ts";
import type { JsonValue } from "../generated/types.ts";
import { strictIssues } from "../schema/strict_issues.ts";
import { strictSchema } from "../schema/strict_schema.ts";

/** How the answer of a turn is constrained and passed on. */
export interface OutputFormat {
  /** Whether the answer is JSON: everything else that the model says is then not part of the text. */
  readonly isJson: boolean;
  /** The schema to send, in strict mode. */
  readonly schema?: JsonValue;
  /** What to tell the model, as the schema cannot be sent. */
  readonly instruction?: string;
  /** Changes the whole answer, if it has to be changed; the text then comes in one piece. */
  readonly rewrite?: (text: string) => Promise<string>;
  readonly warnings: readonly SharedV4Warning[];
}

/** Reads the response format of a call. */
export function outputFormat(format: LanguageModelV4CallOptions["responseFormat"]): OutputFormat {
  if (format?.type !== "json") return { isJson: false, warnings: [] };
  const { schema } = format;
  if (schema === undefined) {
    return { isJson: true, instruction: "Answer with JSON alone.", warnings: [] };
  }
  // The name of the dialect is no constraint.
  const { $schema: _, ...json } = schema as Record<string, unknown>;
  if (strictIssues(json).length === 0) {
    return { isJson: true, schema: json as JsonValue, warnings: [] };
  }
  try {
    const { "~standard": strict } = strictSchema<unknown>(json);
    const sent = strict.jsonSchema.input({ target: "draft-07" }) as JsonValue;
    return {
      isJson: true,
      schema: sent,
      // The model wrote null for what is optional.
      rewrite: async (text) => {
        try {
          const read = await strict.validate(JSON.parse(text));
          return read.issues === undefined ? JSON.stringify(read.value) : text;
        } catch {
          return text; // the AI SDK reports what is wrong with it
        }
      },
      warnings: [],
    };
  } catch (error) {
    if (!(error instanceof SchemaNotStrictError || error instanceof InvalidSchemaError)) {
      throw error;
    }
    return {
      isJson: true,
      instruction: `Answer with JSON alone, which fits this JSON Schema:\n${JSON.stringify(json)}`,
      warnings: [{
        type: "compatibility",
        feature: "responseFormat",
        details: `The schema has no strict version, so the model is only told: ${error.message}`,
      }],
    };
  }
}
