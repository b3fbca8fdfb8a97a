import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createFmeClient } from '@vwo-hub/client/fme'
import type { SdkClient } from '../../packages/client/dist/product/fme/sdk-models.js'
import { normaliseSettings } from '@vwo-hub/protocol/fme'
import { copyFmeSdk, NEVER_POLLS, recordingNetwork, type FmeSdkCopy, type Sent } from '../support/fme-copy.ts'
import { startHubOfTexts } from '../support/hub-of-texts.ts'
import { fmeCorpus, fmeFiles } from '../support/fme-arbitrary.ts'

/** How many generated settings-files join the others; all ordered pairs of them are tried. For a long run: 200. */
const generated = Number(process.env['FME_FILES'] ?? 1)
/** A slow machine is no fault of a swap. In milliseconds. */
const timeout = 180_000 + generated ** 2 * 100

type File = (typeof fmeCorpus)[number]['settings']

const users = [
  { id: 'ann', customVariables: { plan: 'gold', age: '30', mail: 'ann@x.org' } },
  { id: 'bert', customVariables: { plan: 'free' }, userAgent: 'Mozilla Firefox', ipAddress: '10.0.0.1' },
  { id: 'carl' },
  {
    id: 'dora',
    _vwo: { location: { country: 'DE', city: 'Berlin' }, userAgent: { os: 'Linux' } },
    ipAddress: '10.0.0.2',
  },
  { id: 7, customVariables: { plan: 'gold', age: 17 }, postSegmentationVariables: ['plan'] },
]
const options = {
  isUsageStatsDisabled: true,
  isBatchingDisabled: true,
  logger: { transports: [{ level: 'ERROR', log() {} }] },
}

/** What an app is told, and what goes out. */
async function behaviourOf(
  decider: Pick<SdkClient, 'getFlag' | 'trackEvent' | 'setAttribute'>,
  file: File,
  { sent, called }: { readonly sent: Sent[]; readonly called: unknown[] },
): Promise<Record<string, string>> {
  const behaviour: Record<string, string> = {}
  const note = async (call: string, make: () => Promise<unknown>): Promise<void> => {
    sent.length = 0
    called.length = 0
    const answer = await make()
    await new Promise((resolve) => setImmediate(resolve))
    // What the SDK tells VWO of its own troubles we hold back.
    const events = sent.filter(({ path }) => !path.includes('vwo_sdkDebug'))
    behaviour[call] = JSON.stringify([answer, events, called])
  }
  const keys = Object.values(file.features).map(({ key }) => key)
  const events = new Set(
    Object.values(file.features).flatMap(({ metrics }) => metrics.map(({ identifier }) => identifier)),
  )
  for (const user of users) {
    for (const key of keys) {
      await note(`getFlag ${key} ${user.id}`, async () => {
        const flag = await decider.getFlag(key, structuredClone(user))
        const variables = flag
          .getVariables()
          .map(({ id, key: name, type, value }) => ({ id, name, type, value }))
        return { isEnabled: flag.isEnabled(), variables }
      })
    }
  }
  for (const event of events) {
    await note(`trackEvent ${event}`, () => decider.trackEvent(event, { id: 'ann' }, { amount: 5 }))
  }
  await note('setAttribute', () => decider.setAttribute('plan', 'gold', { id: 'ann' }))
  return behaviour
}

async function behaviourOfFresh(file: File): Promise<Record<string, string>> {
  const settings = structuredClone(file)
  // As a hub stores it.
  normaliseSettings(settings)
  const network = recordingNetwork()
  const called: unknown[] = []
  const client = await copyFmeSdk().init({
    ...structuredClone({ ...options, logger: {} }),
    logger: options.logger,
    accountId: String(settings.accountId),
    sdkKey: settings.sdkKey,
    settings,
    pollInterval: NEVER_POLLS,
    network: { client: network.client },
    integrations: { callback: (properties: unknown) => called.push(structuredClone(properties)) },
  })
  return behaviourOf(client, file, { ...network, called })
}

/** A client that is on settings of a hub, which has proven them: they are not validated again. */
async function openOn(sdk: FmeSdkCopy, first: File) {
  const network = recordingNetwork()
  const called: unknown[] = []
  const texts = await startHubOfTexts(JSON.stringify(first), 'fme')
  const client = createFmeClient({
    environment: 'prod',
    hub: texts.hub,
    sdk,
    options: {
      ...options,
      network: { client: network.client },
      integrations: { callback: (properties: unknown) => called.push(structuredClone(properties)) },
    },
  })
  const failures: string[] = []
  client.on('error', ({ message }) => failures.push(message))
  onTestFinished(async () => {
    await client.close()
    texts.close()
  })
  await client.ready()
  return {
    failures,
    swap: async (file: File) => await texts.swap(client, JSON.stringify(file)),
    behaviour: (file: File) => behaviourOf(client as never, file, { ...network, called }),
  }
}

function differences(found: Record<string, string>, expected: Record<string, string>): object {
  return Object.fromEntries(
    Object.entries(expected)
      .filter(([call, answer]) => found[call] !== answer)
      .map(([call, answer]) => [call, { found: found[call], expected: answer }]),
  )
}

describe('after swaps of FME settings', () => {
  it(
    '[invariant 6] answers, events and callbacks are those of a fresh process, for all ordered pairs',
    { timeout },
    async () => {
      const files = [
        ...fmeCorpus,
        ...fc
          .sample(fmeFiles, { numRuns: generated, seed: 17 })
          .map((settings, at) => ({ name: `generated ${at}`, settings })),
      ]
      const expected = new Map<string, Record<string, string>>()
      for (const { name, settings } of files) expected.set(name, await behaviourOfFresh(settings))
      const wrong: string[] = []
      const walk = files.flatMap((from, at) => [from, ...files.slice(at).flatMap((to) => [to, from])])
      const pairs = new Set<string>()
      const [{ settings: first }] = walk as [(typeof walk)[number]]
      const on = await openOn(copyFmeSdk(), first)
      for (const [at, { name, settings }] of walk.entries()) {
        if (at > 0) await on.swap(settings)
        const pair = `${walk[at - 1]?.name ?? 'the beginning'} → ${name}`
        if (pairs.has(pair)) continue
        pairs.add(pair)
        const found = differences(await on.behaviour(settings), expected.get(name) ?? {})
        if (Object.keys(found).length > 0) wrong.push(`${pair}: ${JSON.stringify(found).slice(0, 1000)}`)
      }
      expect([wrong, on.failures]).toEqual([[], []])
      expect(pairs.size).toBe(files.length ** 2 + 1)
    },
  )
})
