import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Whose webhooks of an environment are taken. */
export interface WebhookSecrets {
  /** Every secret that is accepted in `x-vwo-auth`. Another list from one moment to the next is heeded at once. */
  readonly secrets: readonly string[]
  /** Takes webhooks from anybody; only without secrets. */
  readonly allowUnauthenticated: boolean
}

/**
 * Makes the comparison of secrets.
 *
 * SHA-256 digests are compared, in constant time, so that length and content of a secret stay hidden. Every request
 * costs the same number of comparisons, whatever the environment has and whether it exists: the lists are filled up
 * with digests that nothing hashes to.
 */
export function createAuthentication(
  environments: ReadonlyMap<string, WebhookSecrets>,
): (environment: string, given: string | undefined) => boolean {
  let known: readonly (readonly string[])[] = []
  let compare = (_environment: string, _given: string | undefined): boolean => false
  return (environment, given) => {
    const lists = Array.from(environments.values(), ({ secrets }) => secrets)
    if (lists.some((list, index) => list !== known[index]) || lists.length !== known.length) {
      compare = createComparison(environments)
      known = lists
    }
    return compare(environment, given)
  }
}

function createComparison(
  environments: ReadonlyMap<string, WebhookSecrets>,
): (environment: string, given: string | undefined) => boolean {
  const length = Math.max(1, ...[...environments.values()].map(({ secrets }) => secrets.length))
  const digestsOf = (secrets: readonly string[]): Buffer[] =>
    Array.from({ length }, (_, index) => {
      const secret = secrets[index]
      // An empty secret would let in who sends none.
      return secret === undefined || secret === '' ? randomBytes(32) : sha256(secret)
    })
  const accepted = new Map([...environments].map(([name, { secrets }]) => [name, digestsOf(secrets)]))
  const unknown = digestsOf([])
  const open = new Set(
    [...environments]
      .filter(([, { secrets, allowUnauthenticated }]) => allowUnauthenticated && secrets.length === 0)
      .map(([name]) => name),
  )

  return (environment, given) => {
    const digest = sha256(given ?? '')
    let isEqual = false
    for (const expected of accepted.get(environment) ?? unknown) {
      isEqual = timingSafeEqual(digest, expected) || isEqual
    }
    return isEqual || open.has(environment)
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
