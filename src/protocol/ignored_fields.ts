/** Reports request fields that the connected runtime is too old to support. */
import type { OnDiagnostic } from "../util/diagnostics.ts";
import { isOlder } from "./metadata.ts";
import { valueAt } from "../util/value_at.ts";
import { NEWER_FIELDS } from "./newer_fields.ts";

/** The request fields that one runtime ignores; each is reported once. */
export class IgnoredFields {
  readonly #version: string;
  readonly #onDiagnostic: OnDiagnostic;
  readonly #fields: ReadonlyMap<string, Map<string, string>>;

  private constructor(
    version: string,
    onDiagnostic: OnDiagnostic,
    fields: ReadonlyMap<string, Map<string, string>>,
  ) {
    this.#version = version;
    this.#onDiagnostic = onDiagnostic;
    this.#fields = fields;
  }

  /** Returns `undefined` for a runtime that supports every field, so that its requests cost nothing. */
  static of(version: string | null, onDiagnostic: OnDiagnostic): IgnoredFields | undefined {
    if (version === null) return undefined;
    const fields = new Map<string, Map<string, string>>();
    for (const [method, known] of Object.entries(NEWER_FIELDS)) {
      const newer = Object.entries(known).filter(([, since]) => isOlder(version, since));
      if (newer.length > 0) fields.set(method, new Map(newer));
    }
    return fields.size === 0 ? undefined : new IgnoredFields(version, onDiagnostic, fields);
  }

  /** Reports the fields of these params that the runtime ignores. */
  check(method: string, params: unknown): void {
    const fields = this.#fields.get(method);
    if (fields === undefined) return;
    for (const [field, since] of fields) {
      if (valueAt(params, field) == null) continue;
      fields.delete(field);
      this.#onDiagnostic({ kind: "ignoredField", method, field, since, version: this.#version });
    }
  }
}
