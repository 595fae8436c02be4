import { redact } from "../../src/util/redact.ts";
import { assertEquals, assertLess, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const SECRET = "Zm9vYmFyYmF6cXV4MTIzNDU2";

test("redact removes keys, tokens and passwords but keeps their names [R-119]", () => {
  const cases: readonly (readonly [string, string])[] = [
    [`key sk-${SECRET} end`, "key sk-[redacted] end"],
    [`sk-proj-${SECRET}_${SECRET}-x`, "sk-[redacted]"],
    [`Authorization: Bearer ${SECRET}.${SECRET}`, "Authorization: Bearer [redacted]"],
    [`authorization=${SECRET}`, "authorization=[redacted]"],
    [`bearer   ${SECRET}==`, "bearer   [redacted]"],
    [`Basic ${SECRET}`, "Basic [redacted]"],
    [`got eyJhbGciOiJI.eyJzdWIiOiIx.${SECRET}!`, "got [redacted]!"],
    [`id-eyJhbGciOiJI.eyJzdWIiOiIx.${SECRET}!`, "id-[redacted]!"],
    [`eyJ${"a".repeat(3_000)}.eyJzdWIiOiIx.${SECRET}!`, "[redacted]!"],
    [`api_key=${SECRET}&x=1`, "api_key=[redacted]&x=1"],
    [`OPENAI_API_KEY: ${SECRET}`, "OPENAI_API_KEY: [redacted]"],
    [`{"access_token": "${SECRET}", "a": 1}`, `{"access_token": "[redacted]", "a": 1}`],
    [`refresh_token='${SECRET}'`, `refresh_token='[redacted]'`],
    [`client-secret = ${SECRET}`, "client-secret = [redacted]"],
    [`password=${SECRET} passwd:${SECRET}`, "password=[redacted] passwd:[redacted]"],
    [`AWS_SECRET_ACCESS_KEY=${SECRET}`, "AWS_SECRET_ACCESS_KEY=[redacted]"],
    [`Auth { api_key: Some("${SECRET}"), x: 1 }`, `Auth { api_key: Some("[redacted]"), x: 1 }`],
    [`{\\"access_token\\":\\"${SECRET}\\"}`, `{\\"access_token\\":\\"[redacted]\\"}`],
    [`"password": "two words \\" ${SECRET}", 1`, `"password": "[redacted]", 1`],
    [`Authorization: token ${SECRET}`, "Authorization: [redacted]"],
    [`remote ghp_${SECRET}`, "remote ghp_[redacted]"],
    [`http://user:${SECRET}@proxy:8080/`, "http://user:[redacted]@proxy:8080/"],
    [`http://user:ab/${SECRET}/c@proxy:8080/`, "http://user:[redacted]@proxy:8080/"],
    [
      `git clone https://${SECRET}@example.com/x.git`,
      "git clone https://[redacted]@example.com/x.git",
    ],
    [`slack xoxb-1234-${SECRET}`, "slack xoxb-[redacted]"],
    [`glpat-${SECRET}`, "glpat-[redacted]"],
    [`google AIza${SECRET}${SECRET} end`, "google AIza[redacted] end"],
    [`npm_${SECRET}${SECRET}`, "npm_[redacted]"],
    [`hf_${SECRET}${SECRET}`, "hf_[redacted]"],
    ["id AKIAIOSFODNN7EXAMPLE end", "id AKIA[redacted] end"],
    ...["sk_live_", "rk_test_", "whsec_", "dop_v1_", "dckr_pat_", "r8_", "gsk_", "lin_api_", "ntn_"]
      .map((prefix) => [`${prefix}${SECRET}`, `${prefix}[redacted]`] as const),
    ...[
      "xai-",
      "pplx-",
      "nvapi-",
      "pypi-",
      "GOCSPX-",
      "tskey-auth-",
      "ya29.",
      "hvs.",
      "ATBB",
      "dapi",
    ]
      .map((prefix) => [`${prefix}${SECRET}`, `${prefix}[redacted]`] as const),
    [`mail SG.${SECRET}.${SECRET} end`, "mail SG.[redacted] end"],
    [`bot 123456789:AA${SECRET}${SECRET}`, "bot 123456789:[redacted]"],
    [
      `https://hooks.slack.com/services/T0/B0/${SECRET}`,
      "https://hooks.slack.com/services/[redacted]",
    ],
    [`AccountKey=${SECRET}==;Suffix=x`, "AccountKey=[redacted];Suffix=x"],
    [
      `-----BEGIN RSA PRIVATE KEY-----\n${SECRET}\n-----END RSA PRIVATE KEY-----`,
      "-----BEGIN RSA PRIVATE KEY-----[redacted]-----END RSA PRIVATE KEY-----",
    ],
    [`Cookie: session=${SECRET}; theme=dark`, "Cookie: [redacted]"],
    [`"set-cookie": "id=${SECRET}; Path=/", 1`, `"set-cookie": "[redacted]", 1`],
    [`token=sk-${SECRET}`, "token=[redacted]"],
    [`the tool threw: [token=sk-proj-${SECRET}]`, "the tool threw: [token=[redacted]]"],
    [`/callback?code=${SECRET}&state=${SECRET}#x`, "/callback?code=[redacted]&state=[redacted]#x"],
  ];
  for (const [text, expected] of cases) assertEquals(redact(text), expected);
});

test("redact leaves ordinary text and its own output unchanged", () => {
  for (
    const text of [
      "ERROR codex: task-runner failed at risk-level 3",
      "tokens used: 12",
      "the bearer of this",
      "no api key found",
      "",
      `api_key=[redacted] Bearer [redacted]`,
      "http://user:[redacted]@proxy:8080/?code=[redacted] ghp_[redacted]",
      `api_key: Some("[redacted]"), \\"token\\":\\"[redacted]\\" Authorization: Bearer [redacted]`,
      "http://127.0.0.1:8080/v1 user@host git@github.com:openai/codex",
      "https://registry.example:4873/@scope/name ssh://git@github.com/openai/codex",
      "cookies: 3, the cookie: none, npm_config_user_agent_and_other_variables",
      "http://[redacted]@host/ Cookie: [redacted] token=[redacted]",
    ]
  ) assertEquals(redact(text), text);
});

test("redact finds a secret in every line", () => {
  const text = Array.from({ length: 50 }, (_, index) => `${index} sk-${SECRET}`).join("\n");
  assertEquals(redact(text).includes(SECRET), false);
  assertStringIncludes(redact(text), "49 sk-[redacted]");
});

test("redact takes time proportional to the length of the text", () => {
  const hostile = [
    "eyJ",
    "-----BEGIN PRIVATE KEY-----",
    "SG.",
    "12345678",
    "sk_live_",
    "eyJaaaa",
    "eyJaaaa.",
    "eyJaaaa-",
    "sk-",
    "Bearer ",
    "api_key= ",
    "token:",
    "secret",
    "a",
    " ",
    "-_",
    "Authorization: ",
    "authorization:aa ",
    "://",
    "://a:",
    "?code=",
    'token="',
    "token:Some(",
    "token=\\",
    "secret_",
    "cookie: ",
    "cookie:a=",
    "://a:b/",
    "AIza",
    "npm_a",
    "token=[redacted",
  ];
  const started = performance.now();
  for (const part of hostile) redact(part.repeat(Math.ceil(72 * 1024 / part.length)));
  assertLess(performance.now() - started, 3_000);
});
