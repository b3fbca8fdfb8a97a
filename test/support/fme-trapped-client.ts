import { onTestFinished } from 'vitest'
import type { FmeInitOptions } from '@vwo-hub/client/fme'
import { openFme } from '../../packages/client/dist/product/fme/open-fme.js'
import { copyFmeSdk, recordingNetwork } from './fme-copy.ts'
import { abTest, fmeSettings, rollout } from './fme-settings.ts'

export const settings = fmeSettings([
  {
    key: 'checkout',
    rules: [rollout({ variables: [{ id: 1, key: 'box', type: 'json', value: { of: 'as it was' } }] })],
  },
  { key: 'inside', rules: [rollout({ segments: { or: [{ ip_address: '10.0.0.1' }] } })] },
  { key: 'german', rules: [rollout({ segments: { and: [{ country: 'DE' }] } })] },
  { key: 'firefox', rules: [rollout({ segments: { or: [{ ua: 'wildcard(*Firefox*)' }] } })] },
  {
    key: 'forced',
    rules: [
      abTest({
        isForcedVariationEnabled: true,
        variations: [{ id: 1, name: 'Forced', weight: 100, segments: { ua: 'wildcard(*Firefox*)' } }],
      }),
    ],
  },
])
export const ann = { id: 'ann' }

/** A client of FME, with {@link settings} unless others are given, what it sends and what it tells. */
export async function reportingFmeClient(
  options: FmeInitOptions = {},
  { file = settings, ...inner }: { waitMs?: number; file?: object } = {},
) {
  const told: string[] = []
  const network = recordingNetwork()
  const product = openFme(
    { sdk: copyFmeSdk(), options: { network, logger: { transports: [{ log() {} }] }, ...options } },
    {
      requestRefresh: async () => {},
      warn() {},
      report: (code, what, reason) => told.push(`${code}: ${what}: ${String(reason())}`),
    },
    inner,
  )
  onTestFinished(() => product.release())
  await product.commit(product.prepare(JSON.stringify(file), true))
  const { methods: vwo } = product
  const isOn = async (context: object = ann): Promise<boolean> =>
    (await vwo.getFlag('checkout', context as never)).isEnabled()
  return { vwo, told, network, isOn }
}
