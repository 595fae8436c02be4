/** Takes secrets out of text that is shown to people or written to logs. */

const REDACTED = "[redacted]";

// Each pattern keeps what names the secret and drops the secret. The counts are bounded or the character classes of
// neighbours disjoint, so that no text makes them slow.
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // Authorization headers, with or without the header's name.
  [/\b(Bearer|Basic)(\s{1,8})[\w.~+/=-]{6,}/gi, `$1$2${REDACTED}`],
  // API keys.
  [/\b(sk|sess|rk|pk)-[\w-]{6,}/g, `$1-${REDACTED}`],
  // JSON Web Tokens: three base64url parts, of which the first two start with `{"`.
  [/\beyJ[\w-]{4,}\.[\w-]+(?:\.[\w-]*)?/g, REDACTED],
  // Pairs such as `api_key=...`, `"access_token": "..."`, `OPENAI_API_KEY: ...`, `?code=...` of a redirect.
  [
    /((?:api[_-]?key|[_-]token|\btoken|secret|passw(?:or)?d|\bauthorization|code_verifier)["']?\s{0,4}(?:=|:)\s{0,4}["']?)(?!\[redacted\]|Bearer\b|Basic\b)[^\s"',;&}\]]+/gi,
    `$1${REDACTED}`,
  ],
];

/** Replaces keys, tokens and passwords in a text by `[redacted]`. */
export function redact(text: string): string {
  let result = text;
  for (const [pattern, replacement] of PATTERNS) result = result.replace(pattern, replacement);
  return result;
}
