import type { EnvironmentConfig } from '@vwo-hub/hub'
import { sha256Of } from '@vwo-hub/protocol'
import { expect } from 'vitest'
import type { Published } from '../../packages/hub/dist/environment/meta.js'
import { createAdminApp } from '../../packages/hub/dist/http/admin-app.js'
import type { HubView } from '../../packages/hub/dist/http/hub-view.js'
import { createLog } from '../../packages/hub/dist/log/log.js'
import type { EnvironmentView } from '../../packages/hub/dist/operate/environment-view.js'

const log = createLog({ level: 'silent', secrets: [] })
export const sdkKey = 'the-sdk-key-of-prod'
export const token = 'the-admin-token'

export const configOf = (name: string, overrides: Partial<EnvironmentConfig> = {}): EnvironmentConfig => ({
  name,
  accountId: '123456',
  sdkKey,
  webhookSecrets: ['the-webhook-secret'],
  allowUnauthenticatedWebhooks: false,
  baseUrl: 'https://vwo.example',
  sdk: 'vwo-node-sdk',
  sdkVersion: '1.73.0',
  ...overrides,
})

export const text = '{"version":1,"accountId":123456,"campaigns":[]}'
/** What these environments have. */
export const published: Published = {
  revision: 1_764_000_000_000,
  text: Buffer.from(text),
  meta: {
    sha256: sha256Of(text),
    bytes: String(text.length),
    campaigns: '0',
    publishedAt: '2025-11-24T16:00:00.000Z',
    fetchedAt: '2025-11-24T15:59:59.900Z',
    checkedAt: '2025-11-24T16:01:00.000Z',
    trigger: 'webhook',
    accountId: '123456',
    protocol: '1',
    sdk: 'vwo-node-sdk/1.73.0',
  },
}

/** How it is in Redis. */
export const status: Awaited<ReturnType<EnvironmentView['status']>> = {
  environment: 'prod',
  now: '2025-11-24T16:02:00.000Z',
  current: undefined,
  refresh: { requested: 3, completed: 3, fruitless: 0 },
  hubs: [],
  audit: [],
}

export const environmentOf = (
  config: EnvironmentConfig,
  overrides: Partial<EnvironmentView> = {},
): EnvironmentView => ({
  config,
  current: () => published,
  requestRefresh: async () => 7,
  refreshNow: async () => ({ outcome: 'unchanged', ticket: 7, revision: 5, message: 'Nothing new.' }),
  confirmedMsAgo: () => 1999,
  status: async () => status,
  history: async () => [],
  diff: async () => expect.fail('nobody compares here'),
  moves: async () => expect.fail('nobody asks who moves'),
  live: async () => ({ state: 'reading' }),
  explain: async () => expect.fail('nobody explains here'),
  recent: async () => undefined,
  day: async () => undefined,
  acts: {
    planRollback: async () => expect.fail('nobody rolls back here'),
    rollback: async () => expect.fail('nobody rolls back here'),
    pin: async () => expect.fail('nobody pins here'),
    unpin: async () => expect.fail('nobody unpins here'),
    pinned: async () => expect.fail('nobody unpins here'),
    live: async () => expect.fail('nobody pins here'),
    held: async () => expect.fail('nobody releases here'),
    release: async () => expect.fail('nobody releases here'),
    adopt: async () => expect.fail('nobody adopts here'),
    byHand: {
      planPublish: async () => expect.fail('nobody publishes here'),
      planStop: async () => expect.fail('nobody stops anything here'),
      publish: async () => expect.fail('nobody publishes here'),
    },
  },
  nodes: async () => ({ environment: config.name, now: status.now, current: 0, total: 0, nodes: [] }),
  ...overrides,
})

/** The admin listener without a hub. @returns Asks it. */
export function setUpAdmin(
  options: { token?: string; isClosing?: boolean; environments?: EnvironmentView[] } = {},
) {
  const { environments = [environmentOf(configOf('prod'))], isClosing = false } = options
  const view: HubView = {
    isClosing: () => isClosing,
    staleAfterMs: 30_000,
    metrics: async () => ({ contentType: 'text/plain', text: '' }),
    environments: new Map(environments.map((environment) => [environment.config.name, environment])),
  }
  const app = createAdminApp(view, { log, ...(options.token !== undefined && { token: options.token }) })
  return async (path: string, init?: RequestInit) => await app.request(path, init)
}

/** What is told of a refusal. */
export const errorOf = async (response: Response) => [response.status, await response.json()] as const
