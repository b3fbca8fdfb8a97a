import type { EnvironmentConfig } from './hub-config.ts'
import { isLoopback, LEAST_SECRET_LENGTH } from './values.ts'

/** What works, and lets in or tells more than is meant; one sentence each. */
export function weaknessesOf({ name, webhookSecrets, baseUrl }: EnvironmentConfig): string[] {
  const weaknesses: string[] = []
  const short = webhookSecrets.find((secret) => secret.length < LEAST_SECRET_LENGTH)
  if (short !== undefined) {
    weaknesses.push(
      `A webhook secret of "${name}" has ${short.length} characters: whoever guesses it has VWO asked as often as hubs allow. Expected ${LEAST_SECRET_LENGTH} and more, as VWO makes them.`,
    )
  }
  const { protocol, hostname, host } = new URL(baseUrl)
  if (protocol === 'http:' && !isLoopback(hostname.replaceAll(/[[\]]/g, ''))) {
    weaknesses.push(
      `VWO is asked for "${name}" at ${host} without TLS: whoever is on the way reads the sdkKey, and decides what is published. Expected https://.`,
    )
  }
  return weaknesses
}
