import { readRedisConfig } from '../../config/command-config.ts'
import { readConfig, secretsOf } from '../../config/config.ts'
import type { EnvironmentConfig, HubConfig } from '../../config/hub-config.ts'
import { LEAST_SECRET_LENGTH } from '../../config/values.ts'
import type { Env } from '../../config/variables.ts'
import { checkEnvironment, FOREIGN } from './check-environment.ts'
import { type Finding, failure, ok, skipped, warning } from './finding.ts'
import { checkPermissions } from './check-permissions.ts'
import { checkServer } from './check-server.ts'
import { checkVwo } from './check-vwo.ts'
import { checkWebhook, isWebhookOf } from './check-webhook.ts'
import { checkWrites } from './check-writes.ts'
import { isOf } from '../../environment/identity.ts'
import { openStore, type Store } from '../../environment/store.ts'
import { HubError } from '../../errors.ts'
import { reasonOf } from '../../environment/answers.ts'
import { noWritesInWords } from '../no-writes.ts'
import { createRedact } from '../../text/redact.ts'
import { counted } from '../../text/words.ts'

export type { Finding }

export interface DoctorOptions {
  /** The environment variables. */
  readonly env: Env
  /** Default: every one that is configured, else `VWO_ENVIRONMENT`, else `default`. */
  readonly environment?: string | undefined
  /** Where VWO reaches the hub; without it no webhook is posted. */
  readonly url?: string | undefined
}

type Place = Pick<HubConfig, 'redis' | 'prefix'>

/** What is known of the configuration here. An operator's machine knows where Redis is, and no more. */
interface Known {
  readonly place: Place | undefined
  readonly hub: HubConfig | undefined
  readonly findings: readonly Finding[]
}

/** What says that a hub is configured here. */
const hubVariables = ['HUB_CONFIG', 'VWO_ACCOUNT_ID', 'VWO_SDK_KEY', 'VWO_SDK_KEY_FILE']

/**
 * Looks at everything that vwo-hub needs, as it is now, and says what to do about what is wrong. Changes nothing but
 * for the webhooks that it posts when it is given the URL.
 *
 * @returns Without secrets.
 */
export async function examine({ env, environment, url }: DoctorOptions): Promise<Finding[]> {
  const { place, hub, findings: configured } = knownOf(env)
  const configs =
    hub?.environments.filter(({ name }) => environment === undefined || name === environment) ?? []
  const names =
    configs.length > 0
      ? configs.map(({ name }) => name)
      : [environment ?? (env['VWO_ENVIRONMENT'] || 'default')]
  const findings = [...configured]
  if (hub !== undefined && configs.length === 0) {
    const known = hub.environments.map(({ name }) => name).join(', ')
    findings.push(
      warning('configuration', `there is no environment "${names.join()}" in it`, `it has: ${known}`),
    )
  }

  const store = place && (await connect(place, findings))
  try {
    if (store !== undefined) {
      findings.push(...(await readable('redis', async () => checkServer(await store.server()))))
    }
    for (const name of names) {
      const config = configs.find((each) => each.name === name)
      findings.push(...(await examineEnvironment({ name, config, hub, place, store, url })))
    }
  } finally {
    store?.close()
  }
  const redact = createRedact(hub === undefined ? [] : secretsOf(hub))
  return findings.map((finding) => ({ ...finding, text: redact(finding.text) }))
}

async function examineEnvironment(options: {
  readonly name: string
  readonly config: EnvironmentConfig | undefined
  readonly hub: HubConfig | undefined
  readonly place: Place | undefined
  readonly store: Store | undefined
  readonly url: string | undefined
}): Promise<Finding[]> {
  const { name, config, hub, place, store, url } = options
  const environment = store?.environment(name)
  const findings: Finding[] = []
  if (environment !== undefined && place !== undefined) {
    findings.push(
      await checkPermissions(environment, place.prefix),
      ...(await readable('redis-writes', async () => [await checkWrites(environment)])),
      ...(await readable('published', () => checkEnvironment(environment))),
    )
  }
  const status = async () => await environment?.read.status().catch(() => undefined)
  if (config !== undefined && hub !== undefined) {
    const meta = (await environment?.read.current().catch(() => undefined))?.meta
    if (meta !== undefined && !isOf(config, meta)) {
      const text =
        'account, sdkKey or product here are not those of what is published: a hub with them stands aside'
      findings.push(failure('identity', text, FOREIGN(name)))
    }
    findings.push(...checkSecrets(config), ...(await checkVwo(config, hub, meta?.sha256)))
  } else {
    findings.push(skipped('vwo', 'account and key are not known here', 'run it where the hub is configured'))
  }
  if (url === undefined) {
    findings.push(skipped('webhook', 'not posted', 'give the public URL: --url https://hub.example.com'))
  } else if (hub?.environments.some((other) => other.name !== name && isWebhookOf(other.name, url))) {
    const remedy = 'give the URL without its path: --url https://hub.example.com'
    findings.push(skipped('webhook', 'the URL is that of another environment', remedy))
  } else {
    const requested = async (): Promise<number | undefined> =>
      environment && ((await status())?.refresh.requested ?? 0)
    findings.push(...(await checkWebhook({ url, environment: name, config, requested })))
  }
  return findings.map((finding) => ({ ...finding, environment: name }))
}

function knownOf(env: Env): Known {
  try {
    if (hubVariables.some((name) => (env[name] ?? '') !== '')) {
      const hub = readConfig(env)
      const names = hub.environments.map(({ name }) => name).join(', ')
      return {
        place: hub,
        hub,
        findings: [ok('configuration', `of a hub, for ${names}`), ...warned(hub.warnings)],
      }
    }
    const { warnings, ...place } = readRedisConfig(env)
    return {
      place,
      hub: undefined,
      findings: [ok('configuration', 'where Redis is, and no more'), ...warned(warnings)],
    }
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'config-invalid') throw error
    const faults = error.message
      .split('\n')
      .slice(1)
      .map((fault) => fault.trim())
    const remedy = 'see docs/configuration.md'
    return {
      place: placeOf(env),
      hub: undefined,
      findings: faults.map((fault) => failure('configuration', fault, remedy)),
    }
  }
}

/** What is wrong elsewhere must not keep Redis from being looked at. */
function placeOf(env: Env): Place | undefined {
  try {
    return readRedisConfig(env)
  } catch {
    return undefined
  }
}

function warned(warnings: readonly string[]): Finding[] {
  return warnings.map((text) => warning('configuration', text, 'see docs/configuration.md'))
}

function checkSecrets({ webhookSecrets, allowUnauthenticatedWebhooks }: EnvironmentConfig): Finding[] {
  if (webhookSecrets.length === 0 && allowUnauthenticatedWebhooks) {
    const remedy = 'set VWO_WEBHOOK_SECRETS, and the same secret at VWO'
    return [warning('secrets', 'the sdkKey is set; webhooks are taken from anybody', remedy)]
  }
  const text = `the sdkKey and ${counted(webhookSecrets.length, 'webhook secret')} are set`
  if (webhookSecrets.every(({ length }) => length >= LEAST_SECRET_LENGTH)) return [ok('secrets', text)]
  const remedy = 'have VWO make a new one, and accept both while it changes'
  return [warning('secrets', `${text}, one of them has fewer than ${LEAST_SECRET_LENGTH} characters`, remedy)]
}

async function connect({ redis, prefix }: Place, findings: Finding[]): Promise<Store | undefined> {
  let reason: string | undefined
  const onAway = (why: string): void => {
    reason ??= why // Those that come after it are what came of it.
  }
  const store = openStore(redis, { name: 'vwo-hub:doctor', prefix, onAway })
  try {
    await store.connect()
    findings.push(ok('redis', `${store.place} answers in ${(await store.ping()).toFixed(1)} ms`))
    return store
  } catch (error) {
    store.close()
    const why = reason ?? reasonOf(error)
    // After a snapshot that failed it refuses even a ping.
    const { text, remedy } = noWritesInWords(why) ?? {
      text: why,
      remedy: `see that it ${redis.kind === 'cluster' ? 'serves all slots (redis-cli --cluster check)' : 'runs'}, and that address, user, password and certificates (REDIS_TLS_*) are right`,
    }
    findings.push(failure('redis', `${store.place}: ${text}`, remedy))
    return undefined
  }
}

/** What Redis refuses to tell, or does not tell in time, is a finding, too. */
async function readable(name: string, check: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await check()
  } catch (error) {
    return [
      failure(name, reasonOf(error), 'see redis-permissions, and what other programs write to these keys'),
    ]
  }
}
