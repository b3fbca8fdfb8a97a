import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import vwoSdk from 'vwo-node-sdk'
import { expect, it, onTestFinished } from 'vitest'
import { createClient, type ClientError, type ClientOptions } from '@vwo-hub/client'
import { sha256Of } from '@vwo-hub/protocol'
import { findSettingsFault } from '@vwo-hub/protocol/fullstack'
import { createCacheFile } from '../../packages/client/dist/sources/cache-file.js'
import { startHubOfTexts } from '../support/hub-of-texts.ts'
import { decidesFor, featureTest, settingsFile, variation } from '../support/settings-file.ts'

/** Hubs publish it with a warning: the SDK survives ids that are texts, and everything else decides. */
const faulty = settingsFile({
  campaigns: [
    decidesFor('checkout', 'green'),
    featureTest('search', {
      variations: [
        variation('1', 'Control', 50, { isFeatureEnabled: false, variables: [] }),
        variation('2', 'Variation-1', 50, { isFeatureEnabled: true, variables: [] }),
      ],
    }),
  ],
})
const text = JSON.stringify(faulty)

/** A client that does not reach Redis. */
function start(options: Partial<ClientOptions>) {
  const client = createClient({
    environment: 'prod',
    redis: 'redis://127.0.0.1:1',
    sdk: vwoSdk,
    launch: { isDevelopmentMode: true },
    ...options,
  })
  onTestFinished(client.close)
  return client
}

it('[invariant 10] settings that were published with a warning decide from the cache file as they do from Redis', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'vwo-hub-client-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'vwo.json')
  const place = { environment: 'prod', prefix: 'vwo', database: 0, product: 'fullstack' }
  await createCacheFile(path, place, () => false).write({ text, revision: 5, sha256: sha256Of(text) })
  const client = start({ cacheFile: path })
  expect(await client.ready()).toMatchObject({ source: 'cache', revision: 5 })
  expect(client.activate('checkout', 'ann')).toBe('green')
})

it('[invariant 10] and from a hub that is asked in place of Redis', async () => {
  await using texts = await startHubOfTexts(text)
  const client = start({ hub: texts.hub })
  expect(await client.ready()).toMatchObject({ source: 'hub', revision: 1 })
  expect(client.activate('checkout', 'ann')).toBe('green')
})

it('[invariant 6] what no hub has tried is refused for the same fault', async () => {
  expect(findSettingsFault(faulty)).toBeDefined()
  const client = start({ initialSettings: faulty })
  const refused = new Promise<ClientError>((resolve) =>
    client.on('error', (error) => {
      if (error.code === 'settings-refused') resolve(error)
    }),
  )
  expect(await refused).toMatchObject({ message: expect.stringContaining('campaigns[1]') })
  expect(client.status.state).toBe('starting')
})
