import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk'
import { createProvider } from '@vwo-hub/client/openfeature'
import { createFmeTestClient } from '@vwo-hub/client/testing'
import { afterEach, expect, it } from 'vitest'
import { copyFmeSdk, recordingNetwork } from '../support/fme-copy.ts'
import { fmeSettings, rollout } from '../support/fme-settings.ts'
import { until } from '../support/until.ts'

const variables = [
  { id: 1, key: 'no', type: 'boolean', value: false },
  { id: 2, key: 'zero', type: 'integer', value: 0 },
  { id: 3, key: 'empty', type: 'string', value: '' },
  { id: 4, key: 'box', type: 'json', value: { a: 1 } },
]
const segments = { or: [{ custom_variable: { plan: 'gold' } }] }
const settings = fmeSettings([{ key: 'checkout', rules: [rollout({ variables, segments })] }])
const gold = { targetingKey: 'ann', plan: 'gold' }
const free = { targetingKey: 'ann', plan: 'free' }

afterEach(() => OpenFeature.close())

/** OpenFeature's own client on a real SDK. */
async function setUp() {
  const network = recordingNetwork()
  const vwo = await createFmeTestClient({
    ...{ sdk: copyFmeSdk(), settings, sendEvents: true },
    options: { network: { client: network.client }, logger: { transports: [{ log() {} }] } },
  })
  await OpenFeature.setProviderAndWait(createProvider(vwo))
  return { vwo, network, flags: OpenFeature.getClient() }
}

it('a flag of OpenFeature is a feature, or one of its variables, also where that is false, 0 or empty', async () => {
  const { flags } = await setUp()
  const isIn = { variant: 'Rollout', reason: 'TARGETING_MATCH' }
  expect(await flags.getBooleanDetails('checkout', false, gold)).toMatchObject({ value: true, ...isIn })
  expect(await flags.getBooleanDetails('checkout', true, free)).toMatchObject({
    ...{ value: false, variant: 'off', reason: 'DEFAULT' },
  })
  expect(await flags.getObjectValue('checkout', {}, gold)).toEqual({
    no: false,
    zero: 0,
    empty: '',
    box: { a: 1 },
  })
  expect(await flags.getObjectValue('checkout', { mine: 1 }, free)).toEqual({ mine: 1 })
  expect(await flags.getBooleanDetails('checkout.no', true, gold)).toMatchObject({ value: false, ...isIn })
  expect(await flags.getNumberValue('checkout.zero', 10, gold)).toBe(0)
  expect(await flags.getStringValue('checkout.empty', 'x', gold)).toBe('')
  expect(await flags.getObjectValue('checkout.box', {}, gold)).toEqual({ a: 1 })
  expect(await flags.getNumberDetails('checkout.zero', 10, free)).toMatchObject({
    value: 10,
    reason: 'DEFAULT',
  })
})

it('unknown flags of FME, other types and nobody are answered with the default and a code', async () => {
  const { flags } = await setUp()
  const codes = await Promise.all([
    flags.getBooleanDetails('nope', true, gold),
    flags.getStringDetails('checkout.nope', 'x', gold),
    flags.getBooleanDetails('checkout', true, {}),
    flags.getNumberDetails('checkout.empty', 1, gold),
    flags.getNumberDetails('checkout', 1, gold),
  ])
  expect(codes.map(({ errorCode }) => errorCode)).toEqual([
    ...['FLAG_NOT_FOUND', 'FLAG_NOT_FOUND', 'TARGETING_KEY_MISSING', 'TYPE_MISMATCH', 'TYPE_MISMATCH'],
  ])
})

it('changes of FME settings are told, events tracked, and the client is closed with OpenFeature', async () => {
  const { vwo, network, flags } = await setUp()
  let changes = 0
  flags.addHandler(ProviderEvents.ConfigurationChanged, () => (changes += 1))
  await vwo.update(fmeSettings([{ key: 'menu' }]))
  expect(changes).toBe(1)
  expect(await flags.getBooleanValue('menu', false, gold)).toBe(true)
  expect(await flags.getBooleanDetails('checkout', true, gold)).toMatchObject({ errorCode: 'FLAG_NOT_FOUND' })
  flags.track('purchase', gold, { value: 9, currency: 'EUR' })
  const tracked = await until(
    () => network.sent.find(({ path }) => path.includes('en=purchase')),
    (sent) => sent !== undefined,
  )
  expect(tracked?.body).toMatchObject({ d: { event: { props: { value: 9, currency: 'EUR' } } } })
  await OpenFeature.close()
  expect(vwo.status.state).toBe('closed')
})

it('what is no text names no flag of FME, and tracking it harms nobody', async () => {
  const { flags } = await setUp()
  const key = Object.create(null) as never
  expect(await flags.getBooleanDetails(key, true, gold)).toMatchObject({
    ...{ value: true, errorCode: 'FLAG_NOT_FOUND' },
  })
  // What is rejected, and nobody waits for, fails the test.
  flags.track(key, gold)
})
