import { openJudging } from '../judging.ts'
import type { Product } from '../product.ts'
import { sampleSettingsFile } from './sample.ts'

const sdk = { name: 'vwo-fme-node-sdk', version: '1.35.0' }

/**
 * VWO Feature Management & Experimentation.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/services/SettingsService.ts` and `lib/utils/NetworkUtil.ts` for the requests
 */
export const fme: Product = {
  name: 'fme',
  unit: 'feature',
  sdk,
  paths: { settings: '/server-side/v2-settings', pull: '/server-side/v2-pull' },
  queryOf: ({ accountId, sdkKey, sdk: name, sdkVersion }) =>
    new URLSearchParams({
      i: sdkKey,
      r: String(Math.random()),
      a: accountId,
      platform: 'server',
      sn: name,
      sv: sdkVersion,
      'api-version': '1',
      s: 'prod',
    }),
  ownerIn: ({ a = '', i = '' }) => ({ accountId: a, sdkKey: i }),
  sdkQuery: 'sn',
  sample: sampleSettingsFile,
  open: (limits) =>
    openJudging(
      {
        at: import.meta.url,
        sdk: sdk.name,
        list: 'features',
        // A decision costs some ten times what one of FullStack costs: 1 MB is checked in 6 to 7 s of processor time, of which a
        // busy machine may give a tenth.
        timeoutMs: 30_000,
        decisionCost: 5,
      },
      limits,
    ),
}
