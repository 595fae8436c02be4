/** Takes secrets out of text that is shown to people or written to logs. */

const REDACTED = "[redacted]";

/** What names a secret, and what stands between it and the value: also as Rust prints it, and in JSON within a text. */
const NAMED =
  String.raw`(?:api[_-]?key|[_-]token|\btoken|secret(?:[_-][\w-]{1,24})?|passw(?:or)?d|` +
  String.raw`\bauthorization|code_verifier)\\{0,3}["']?\s{0,4}(?:=|:)\s{0,4}(?:Some\()?`;
/** What is redacted already, or is by its scheme. */
const DONE = String.raw`(?!\[redacted\]|Bearer\b|Basic\b)`;

// Each pattern keeps what names the secret and drops the secret. The counts are bounded or the character classes of
// neighbours disjoint, so that no text makes them slow.
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // Authorization headers, with or without the header's name.
  [/\b(Bearer|Basic)(\s{1,8})[\w.~+/=-]{6,}/gi, `$1$2${REDACTED}`],
  [
    /(\bauthorization["']?\s{0,4}[=:]\s{0,4}["']?)(?!Bearer\b|Basic\b)\w{2,12}\s{1,4}[^\s"',;]+/gi,
    `$1${REDACTED}`,
  ],
  // API keys, and the tokens of GitHub.
  [/\b(sk|sess|rk|pk)-[\w-]{6,}/g, `$1-${REDACTED}`],
  [/\b(gh[oprsu]|github_pat)_\w{16,}/g, `$1_${REDACTED}`],
  // JSON Web Tokens: three base64url parts, of which the first two start with `{"`.
  [/\beyJ[\w-]{4,}\.[\w-]+(?:\.[\w-]*)?/g, REDACTED],
  // The password in `https://user:password@host`, and what a redirect or a signed URL carries.
  [/(:\/\/[^\s/:@]{0,256}:)(?!\[redacted\]@)[^\s/@]{1,256}(?=@)/g, `$1${REDACTED}`],
  [
    /([?&](?:code|state|sig|signature|x-(?:amz|goog)-signature)=)(?!\[redacted\])[^\s&#"'\\]+/gi,
    `$1${REDACTED}`,
  ],
  // Pairs such as `api_key=...`, `"access_token": "..."`, `OPENAI_API_KEY: ...`: in quotes within quotes, in quotes, bare.
  [new RegExp(String.raw`(${NAMED}\\{1,3}["'])${DONE}[^"'\\]+`, "gi"), `$1${REDACTED}`],
  [new RegExp(String.raw`(${NAMED}(["']))${DONE}(?:\\.|(?!\2)[^\\\n])+`, "gi"), `$1${REDACTED}`],
  [
    new RegExp(String.raw`(${NAMED})(?!(?:Some\()?\\{0,3}["'])${DONE}[^\s"',;&}\]]+`, "gi"),
    `$1${REDACTED}`,
  ],
];

/** Replaces keys, tokens and passwords in a text by `[redacted]`. */
export function redact(text: string): string {
  let result = text;
  for (const [pattern, replacement] of PATTERNS) result = result.replace(pattern, replacement);
  return result;
}
