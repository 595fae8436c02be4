/** Redacts secrets in text that is logged or shown to people. */

const REDACTED = "[redacted]";

/**
 * A name that announces a secret, with the separator before the value; also in Rust's debug format and escaped JSON.
 */
const NAMED = String
  .raw`(?:(?:api|account|access)[_-]?key|[_-]token|\btoken|secret(?:[_-][\w-]{1,24})?|passw(?:or)?d|` +
  String.raw`\bauthorization|code_verifier)\\{0,3}["']?\s{0,4}(?:=|:)\s{0,4}(?:Some\()?`;
/** Skips a value that is already redacted, or that the pattern of its scheme handles. */
const DONE = String.raw`(?!\[redacted\]|Bearer\b|Basic\b)`;

// Each pattern keeps the name of the secret and replaces the secret. Repetitions are bounded or adjacent character
// classes are disjoint, so no text makes them slow.
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // Authorization headers, with or without the header name.
  [/\b(Bearer|Basic)(\s{1,8})[\w.~+/=-]{6,}/gi, `$1$2${REDACTED}`],
  [
    /(\bauthorization["']?\s{0,4}[=:]\s{0,4}["']?)(?!Bearer\b|Basic\b)\w{2,12}\s{1,4}[^\s"',;]+/gi,
    `$1${REDACTED}`,
  ],
  // Cookie headers: everything after the first `name=`.
  [/(\b(?:set-)?cookie["']?\s{0,4}[=:]\s{0,4}["']?)[^\s=;"']{1,256}=[^\r\n"']*/gi, `$1${REDACTED}`],
  // API keys, and tokens of GitHub, GitLab, Slack, npm, Hugging Face, Google and AWS.
  [/\b(sk|sess|rk|pk|xox[abeoprs]|xapp|gl[a-z]{2,5})-[\w-]{6,}/g, `$1-${REDACTED}`],
  [/\b(gh[oprsu]|github_pat)_\w{16,}/g, `$1_${REDACTED}`],
  [/\b(npm|hf)_[A-Za-z0-9]{30,}/g, `$1_${REDACTED}`],
  [/\bAIza[\w-]{30,}/g, `AIza${REDACTED}`],
  [/\b(AKIA|ASIA)[0-9A-Z]{16}\b/g, `$1${REDACTED}`],
  // Of payment services, clouds, registries, model hosts, trackers and chat.
  [
    /\b([srp]k_(?:live|test)|whsec|do[opr]_v1|dckr_pat|r8|gsk|lin_api|ntn)_[\w-]{20,}/g,
    `$1_${REDACTED}`,
  ],
  [/\b(xai|pplx|nvapi|pypi|GOCSPX|tskey-[a-z]{2,9})-[\w-]{16,}/g, `$1-${REDACTED}`],
  [/\b(ya29|hv[sb]|SG)\.[\w-]{16,}(?:\.[\w-]+)?/g, `$1.${REDACTED}`],
  [/\b(ATATT3x|ATBB|dapi)[\w=-]{24,}/g, `$1${REDACTED}`],
  [/\b(\d{6,12}):AA[\w-]{30,}/g, `$1:${REDACTED}`],
  [/(\bhooks\.slack\.com\/services\/)[\w/]{16,}/g, `$1${REDACTED}`],
  [/(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----)[^-]+/g, `$1${REDACTED}`],
  // JSON Web Tokens: three base64url parts, of which the first two start with `{"`.
  // Where one may start behind a hyphen, its first part is bounded.
  [/(?:(?<![\w-])eyJ[\w-]{4,}|\beyJ[\w-]{4,1024})\.[\w-]+(?:\.[\w-]*)?/g, REDACTED],
  // The password in `https://user:password@host`, which may contain a slash: after a port there is none.
  [/(:\/\/[^\s/:@]{0,256}:)(?!\[redacted\]@)[^\s/@]{1,256}(?=@)/g, `$1${REDACTED}`],
  [
    /(:\/\/[^\s/:@"']{0,256}:)(?!\[redacted\]@|\d{1,5}[/?#])[^\s@"'<>]{1,256}(?=@)/g,
    `$1${REDACTED}`,
  ],
  // A token instead of the user: `https://token@host`. Short ones are names, such as `git`.
  [/(:\/\/)[^\s/:@"'<>[]{16,256}(?=@)/g, `$1${REDACTED}`],
  // Query parameters of redirects and signed URLs.
  [
    /([?&](?:code|state|sig|signature|x-(?:amz|goog)-signature)=)(?!\[redacted\])[^\s&#"'\\]+/gi,
    `$1${REDACTED}`,
  ],
  // Pairs such as `api_key=...`, `"access_token": "..."`, `OPENAI_API_KEY: ...`: quoted inside quotes, quoted, bare.
  [new RegExp(String.raw`(${NAMED}\\{1,3}["'])${DONE}[^"'\\]+`, "gi"), `$1${REDACTED}`],
  [new RegExp(String.raw`(${NAMED}(["']))${DONE}(?:\\.|(?!\2)[^\\\n])+`, "gi"), `$1${REDACTED}`],
  [
    // A value that an earlier pattern redacted in part, such as `sk-[redacted]`, is replaced entirely.
    new RegExp(
      String.raw`(${NAMED})(?!(?:Some\()?\\{0,3}["'])${DONE}(?:\[redacted\]|[^\s"',;&}\]])+`,
      "gi",
    ),
    `$1${REDACTED}`,
  ],
];

/** Replaces keys, tokens and passwords with `[redacted]`. */
export function redact(text: string): string {
  let result = text;
  for (const [pattern, replacement] of PATTERNS) result = result.replace(pattern, replacement);
  return result;
}
