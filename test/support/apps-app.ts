import { sha256Of } from '@vwo-hub/protocol'
import type { Published } from '../../packages/hub/dist/environment/meta.js'
import type { Latest } from '../../packages/hub/dist/flow/latest.js'
import { createAppsApp } from '../../packages/hub/dist/http/for-apps/apps-app.js'
import { createLog } from '../../packages/hub/dist/log/log.js'
import { environmentConfig } from './hub-config.ts'

/** Of the environment `prod`. */
export const sdkKey = 'the-sdk-key-of-prod'
export const bearer = { Authorization: `Bearer ${sdkKey}` }
/** Where its settings are. */
export const named = '/v1/environments/prod/settings'

export const publishedOf = (text: string, revision: number): Published => ({
  revision,
  text: Buffer.from(text),
  meta: {
    sha256: sha256Of(text),
    bytes: String(text.length),
    campaigns: '0',
    publishedAt: '',
    fetchedAt: '',
    checkedAt: '',
    trigger: 'webhook',
    accountId: '123456',
    protocol: '1',
    sdk: '',
    identity: 'the-identity',
  },
})

/** What is published, as a test sets it. */
function createSettings(first?: Published) {
  const listeners = new Set<() => void>()
  let current = first
  let confirmedMsAgo = 0
  const latest: Latest = {
    look: async () => {},
    current: () => current,
    confirmedMsAgo: () => confirmedMsAgo,
    now: () => 1_764_000_000_500,
    watch(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return {
    latest,
    listeners,
    publish(next: Published) {
      current = next
      for (const listener of [...listeners]) listener()
    },
    age(ms: number) {
      confirmedMsAgo = ms
    },
  }
}

/** The listener for apps without a hub: what it logs is kept. @returns Asks it, as an app of `prod` unless told otherwise. */
export function setUpApps(
  options: { first?: Published; others?: Record<string, { sdk: string; text: string }> } = {},
) {
  const lines: string[] = []
  const log = createLog({
    level: 'debug',
    secrets: [sdkKey],
    destination: { write: (line: string) => void lines.push(line) },
  })
  const settings = createSettings(options.first)
  const others = Object.entries(options.others ?? {}).map(
    ([name, { sdk, text }]) =>
      [
        name,
        {
          config: environmentConfig({ name, sdkKey, sdk }),
          latest: createSettings(publishedOf(text, 1)).latest,
        },
      ] as const,
  )
  const app = createAppsApp({
    environments: new Map([
      ['prod', { config: environmentConfig({ sdkKey }), latest: settings.latest }],
      ...others,
    ]),
    isClosing: () => false,
    staleAfterMs: 10_000,
    log,
  })
  const ask = async (path: string, headers: Record<string, string> = bearer) =>
    await app.request(path, { headers })
  return { app, ask, settings, lines }
}
