import { createLog } from '../../packages/hub/dist/log/log.js'
import { UNKNOWN_ENVIRONMENT } from '../../packages/hub/dist/http/unknown-environment.js'
import { createWebhookApp, type WebhookEnvironment } from '../../packages/hub/dist/http/webhook/webhook.js'

/** Of the environment `prod`. */
export const secret = 'the-secret-of-prod'
/** As VWO sends it. */
export const vwoBody = JSON.stringify({
  timestamp: 1_606_482_285,
  event: 'settings_changed',
  action: 'campaign_settings_changed',
  triggered_by: 'vwo',
})

/** The public listener without a hub: what it requests, reports and logs is kept. */
export function setUpWebhooks(environments: Record<string, Partial<WebhookEnvironment>> = {}) {
  const requested: string[] = []
  const reports: [environment: string, count: number][] = []
  const lines: string[] = []
  const all: Record<string, Partial<WebhookEnvironment>> = { prod: { secrets: [secret] }, ...environments }
  const app = createWebhookApp({
    environments: new Map(
      Object.entries(all).map(([name, overrides]) => {
        const requestRefresh = async () => requested.push(name)
        const environment = { secrets: [], allowUnauthenticated: false, requestRefresh, ...overrides }
        return [name, environment] satisfies [string, WebhookEnvironment]
      }),
    ),
    onRefused: (environment, count) => void reports.push([environment, count]),
    log: createLog({
      level: 'trace',
      secrets: [secret],
      destination: { write: (line: string) => void lines.push(line) },
    }),
  })
  const post = (environment: string, headers: Record<string, string> = {}, body: string = vwoBody) =>
    app.request(`/webhooks/${environment}`, { method: 'POST', headers, body })
  // The same for all: what is refused is not read, and to make one takes longer than to refuse it.
  const wrong = new Request('http://hub/webhooks/prod', {
    method: 'POST',
    headers: { 'x-vwo-auth': 'wrong' },
    body: vwoBody,
  })
  /** Posts with a wrong secret, from an address. */
  const guess = async (remoteAddress: string) =>
    await app.fetch(wrong, { incoming: { socket: { remoteAddress } } })
  /** What became of webhooks to names that are none. */
  const ofStrangers = () => app.counts.get(UNKNOWN_ENVIRONMENT)
  return { app, post, guess, ofStrangers, requested, reports, lines }
}

/** What is told of a refusal. */
export const errorOf = async (answer: Response) => ({
  status: answer.status,
  ...((await answer.json()) as { error: { code: string; message: string } }).error,
})
