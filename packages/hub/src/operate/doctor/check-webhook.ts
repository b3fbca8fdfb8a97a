import { randomBytes } from 'node:crypto'
import type { EnvironmentConfig } from '../../config/hub-config.ts'
import { type Finding, failure, ok, skipped, warning } from './finding.ts'

/** Limit for one post, in milliseconds. */
const TIMEOUT_MS = 10_000

export interface WebhookOptions {
  /** Where VWO reaches the hub from outside: `https://hub.example.com`, or the whole URL of the webhook. */
  readonly url: string
  readonly environment: string
  /** Undefined where the secrets are not known. */
  readonly config: Pick<EnvironmentConfig, 'webhookSecrets' | 'allowUnauthenticatedWebhooks'> | undefined
  /** How many refreshes have been asked for, in Redis; undefined where that is not known. */
  readonly requested: () => Promise<number | undefined>
}

/** Posts a webhook as VWO does, through the public URL: with every right secret, and with a wrong one. */
export async function checkWebhook(options: WebhookOptions): Promise<Finding[]> {
  const { url, environment, config, requested } = options
  const target = targetOf(url, environment)
  if (target === undefined) {
    const text = 'expected --url with http:// or https://, and without user and password'
    return [failure('webhook', text, 'give it as in --url https://hub.example.com')]
  }
  const findings: Finding[] = []
  const secrets = config?.webhookSecrets ?? []
  for (const [index, secret] of secrets.entries()) {
    const which = secrets.length === 1 ? 'the secret' : `secret ${index + 1} of ${secrets.length}`
    const before = await requested()
    const answer = await post(target, secret)
    const after = await requested()
    findings.push(rightAnswer(answer, which, before === undefined || after === undefined || after > before))
    if (answer.status === undefined) return findings
  }
  if (config === undefined) {
    findings.push(
      skipped('webhook', 'the right secret is not known here', 'run it where the hub is configured'),
    )
  }
  const isOpen = secrets.length === 0 && config?.allowUnauthenticatedWebhooks === true
  const answer = await post(target, randomBytes(16).toString('hex'))
  findings.push(isOpen ? openAnswer(answer) : wrongAnswer(answer))
  return findings
}

interface Answer {
  /** Undefined when there was none. */
  readonly status: number | undefined
  /** In words. */
  readonly got: string
}

function rightAnswer({ status, got }: Answer, which: string, hasArrived: boolean): Finding {
  if (status === 200 && hasArrived) return ok('webhook', `with ${which}: accepted (200), and in Redis`)
  if (status === 200) {
    const text = `with ${which}: accepted (200), but not in this Redis`
    return failure('webhook', text, 'the URL leads to another hub, or that hub to another Redis')
  }
  const remedies: Readonly<Record<number, string>> = {
    401: 'compare VWO_WEBHOOK_SECRETS of the hub that answers, the name of the environment, and whether x-vwo-auth gets through',
    503: 'the hub does not reach Redis: see its log',
  }
  const remedy =
    remedies[status ?? 0] ?? 'see that it leads to the public port of a hub (HUB_PORT), without a redirect'
  return failure('webhook', `with ${which}: expected 200, got ${got}`, remedy)
}

function wrongAnswer({ status, got }: Answer): Finding {
  if (status === 401) return ok('webhook', 'with a wrong secret: refused (401)')
  const remedy =
    status === 200
      ? 'anybody can ask for refreshes: set VWO_WEBHOOK_SECRETS'
      : 'see that it leads to the public port of a hub (HUB_PORT), without a redirect'
  return failure('webhook', `with a wrong secret: expected 401, got ${got}`, remedy)
}

function openAnswer({ status, got }: Answer): Finding {
  if (status !== 200)
    return failure('webhook', `without a secret: expected 200, got ${got}`, 'see the log of the hub')
  const remedy = 'set VWO_WEBHOOK_SECRETS, and the same secret at VWO'
  return warning('webhook', 'accepted from anybody, as configured', remedy)
}

async function post(target: URL, secret: string): Promise<Answer> {
  try {
    const response = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-vwo-auth': secret },
      body: JSON.stringify({
        timestamp: Math.floor(Date.now() / 1000),
        event: 'settings_changed',
        action: 'campaign_settings_changed',
        triggered_by: 'vwo-hub doctor',
      }),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    await response.body?.cancel()
    return { status: response.status, got: String(response.status) }
  } catch (error) {
    return { status: undefined, got: `no answer: ${reasonOf(error)}` }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message
}

/** Whether it is the whole URL of that environment's webhook. */
export function isWebhookOf(environment: string, url: string): boolean {
  return URL.canParse(url) && new URL(url).pathname.replace(/\/$/, '').endsWith(`/webhooks/${environment}`)
}

function targetOf(url: string, environment: string): URL | undefined {
  if (!URL.canParse(url)) return undefined
  const target = new URL(url)
  if (!['http:', 'https:'].includes(target.protocol) || target.username + target.password !== '')
    return undefined
  if (!target.pathname.includes('/webhooks/')) {
    target.pathname = `${target.pathname.replace(/\/$/, '')}/webhooks/${environment}`
  }
  return target
}
