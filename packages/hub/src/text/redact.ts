/**
 * Keeps secrets out of text that people and other systems read: log lines, errors, audit entries.
 *
 * @module
 */

/** What is shown in place of a secret. */
const REDACTED = '[redacted]'

/** A value shorter than this is not searched for in text: replacing it would shred every line. */
const SHORTEST_VALUE = 4

/** Credentials by their shape, whatever their value: user and password of a URL, an Authorization header, VWO's key. */
const shapes: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\b([a-z][a-z\d+.-]*:\/\/)[^\s/?#"']*@/gi, `$1${REDACTED}@`],
  [/\b(Bearer|Basic)\s+[\w+/=.~-]+/gi, `$1 ${REDACTED}`],
  [/([?&]i=)[^&\s"'\\]+/g, `$1${REDACTED}`],
  [
    /("(?:sdkKey|x-vwo-auth|authorization|password|secret|token)"\s*:\s*)"(?:[^"\\]|\\.)*"/gi,
    `$1"${REDACTED}"`,
  ],
]

/**
 * Names of fields whose value is a secret, wherever they are: `sdkKey`, `webhookSecrets`, `adminToken`,
 * `x-vwo-auth`, `REDIS_PASSWORD`.
 */
const secretName = /sdkkey|secret|token|passw(?:or)?d|passphrase|authorization|vwoauth|cookie|credential/

/** Replaces every secret in a text. */
export type Redact = (text: string) => string

/**
 * @param secrets - Values that must not appear: each is also found when it is escaped for JSON or for a URL.
 */
export function createRedact(secrets: readonly string[]): Redact {
  const forms = new Set(secrets.filter((secret) => secret.length >= SHORTEST_VALUE).flatMap(formsOf))
  // The longest first: a secret may begin with another one.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length)
  const values =
    longestFirst.length === 0 ? undefined : new RegExp(longestFirst.map(escapeRegExp).join('|'), 'g')
  return (text) => {
    let redacted = values === undefined ? text : text.replace(values, REDACTED)
    for (const [pattern, replacement] of shapes) redacted = redacted.replace(pattern, replacement)
    return redacted
  }
}

/** Replaces every secret in parsed JSON: by the name of its field, and by {@link createRedact} in all text. */
export function redactJson(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value)
  if (Array.isArray(value)) return value.map((item) => redactJson(item, redact))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      redact(name),
      isSecretName(name) && inner !== null && typeof inner !== 'boolean'
        ? REDACTED
        : redactJson(inner, redact),
    ]),
  )
}

/** Whether a field of this name holds a secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name.toLowerCase().replace(/[^a-z]/g, ''))
}

function formsOf(secret: string): string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURI(secret),
    encodeURIComponent(secret),
    new URLSearchParams({ '': secret }).toString().slice(1),
  ]
}

function escapeRegExp(text: string): string {
  return text.replace(/[$()*+.?[\\\]^{|}/-]/g, '\\$&')
}
