import { randomUUID } from 'node:crypto'
import * as prometheus from 'prom-client'
import vwoSdk from 'vwo-node-sdk'
import { expect, it } from 'vitest'
import { createClient } from '@vwo-hub/client'
import { createClientMetrics } from '@vwo-hub/client/metrics'
import { createFmeTestClient } from '@vwo-hub/client/testing'
import { parseExposition, valueOf } from '../support/exposition.ts'
import { copyFmeSdk, recordingNetwork } from '../support/fme-copy.ts'
import { fmeSettings } from '../support/fme-settings.ts'
import { createPublisher } from '../support/publisher.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

const settings = (version: number): string => JSON.stringify({ version, accountId: 5, campaigns: [] })
const register = new prometheus.Registry()
const scrape = async () => parseExposition(await register.metrics())

async function setUp() {
  const environment = `env-${randomUUID()}`
  const publisher = await createPublisher(server.url, environment)
  cleanUps.push(publisher.close)
  const client = createClient({
    environment,
    redis: server.url,
    sdk: vwoSdk,
    launch: { isDevelopmentMode: true },
  })
  cleanUps.push(client.close)
  const end = createClientMetrics({ client, environment, prometheus, register })
  cleanUps.push(end)
  return { environment, own: { environment }, publisher, client, end }
}

it("tells in the app's own register what the client decides with, and what became of settings", async () => {
  const { own, publisher, client } = await setUp()
  const before = await scrape()
  expect(valueOf(before, 'vwo_client_revision', own)).toBe(0)
  expect(valueOf(before, 'vwo_client_state', { ...own, state: 'starting' })).toBe(1)
  expect(valueOf(before, 'vwo_client_swaps_total', { ...own, result: 'swapped' })).toBe(0)

  await publisher.publish(settings(1))
  await client.ready()
  const revision = await publisher.publish(settings(2))
  await until(
    () => client.status.revision,
    (seen) => seen === revision,
  )
  await publisher.publish('{"campaigns":[null]}')
  const after = await until(
    scrape,
    (seen) => valueOf(seen, 'vwo_client_swaps_total', { ...own, result: 'settings-refused' }) === 1,
  )
  expect(valueOf(after, 'vwo_client_revision', own)).toBe(revision)
  expect(valueOf(after, 'vwo_client_state', { ...own, state: 'ready' })).toBe(1)
  expect(valueOf(after, 'vwo_client_state', { ...own, state: 'starting' })).toBe(0)
  expect(valueOf(after, 'vwo_client_confirmed_timestamp_seconds', own)).toBeGreaterThan(revision / 1000 - 60)
  expect(valueOf(after, 'vwo_client_swaps_total', { ...own, result: 'swapped' })).toBe(2)
  expect(valueOf(after, 'vwo_client_errors_total', { ...own, code: 'settings-refused' })).toBe(1)
  // Not of the first settings: nobody has waited for those.
  expect(valueOf(after, 'vwo_client_propagation_seconds_count', own)).toBe(1)
  expect(valueOf(after, 'vwo_client_swap_duration_seconds_count', own)).toBe(2)
})

it('settings that are older than the process say nothing about propagation', async () => {
  const environment = `env-${randomUUID()}`
  const listeners = new Map<string, (event: never) => void>()
  createClientMetrics({
    client: {
      on: (name, listener) => void listeners.set(name, listener),
      off: () => {},
      status: { state: 'ready', revision: 7, source: 'redis', confirmedAt: null },
    },
    environment,
    prometheus,
    register,
  })
  const update = { revision: 7, previousRevision: 0, source: 'redis', swapMs: 1 }
  const tell = (lagMs: number) => listeners.get('update')?.({ ...update, lagMs } as never)
  tell(3 * 86_400_000)
  expect(valueOf(await scrape(), 'vwo_client_propagation_seconds_count', { environment })).toBe(undefined)
  tell(0)
  expect(valueOf(await scrape(), 'vwo_client_propagation_seconds_count', { environment })).toBe(1)
})

it('a client that is closed says so; one that is no longer measured says nothing', async () => {
  const { own, client, end } = await setUp()
  await client.close()
  expect(valueOf(await scrape(), 'vwo_client_state', { ...own, state: 'closed' })).toBe(1)
  end()
  expect(valueOf(await scrape(), 'vwo_client_state', { ...own, state: 'closed' })).toBe(undefined)
  expect(valueOf(await scrape(), 'vwo_client_revision', own)).toBe(undefined)
})

it('the client itself does not load what measures it', async () => {
  const loaded = new Set<string>()
  const { readFile } = await import('node:fs/promises')
  const follow = async (url: URL): Promise<void> => {
    if (loaded.has(url.href)) return
    loaded.add(url.href)
    const source = await readFile(url, 'utf8')
    const imports = [...source.matchAll(/from '(\.[^']+)'/g)].map(([, path = '']) => new URL(path, url))
    await Promise.all(imports.map(follow))
  }
  await follow(new URL('../../packages/client/dist/client.js', import.meta.url))
  const names = [...loaded].map((href) => href.replace(/.*\//, ''))
  expect(names).toContain('reporter.js')
  expect(names).not.toContain('metrics.js')
})

it('counts what became of events of a client of FME', async () => {
  const network = recordingNetwork()
  const client = await createFmeTestClient({
    ...{ sdk: copyFmeSdk(), settings: fmeSettings([{ key: 'checkout' }]), sendEvents: true },
    options: { network: { client: network.client } },
  })
  const environment = 'of-fme'
  cleanUps.push(createClientMetrics({ client, environment, prometheus, register }))
  await client.getFlag('checkout', { id: 'ann' })
  await client.flushEvents()
  const count = async (result: string) =>
    valueOf(await scrape(), 'vwo_client_events_total', { environment, result })
  // That it was launched, and a decision.
  expect(await count('sent')).toBe(2)
  await client.getFlag('checkout', { id: 'bert' })
  await client.close()
  expect(await count('sent')).toBe(3)
  expect(await count('dropped')).toBe(0)
  expect(valueOf(await scrape(), 'vwo_client_events_waiting', { environment })).toBe(0)
})
