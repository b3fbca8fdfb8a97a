import type { Product } from '../product.ts'
import { openJudging } from '../judging.ts'
import { sampleSettingsFile } from './sample.ts'

/** @see vwo-node-sdk 1.73.0 `lib/constants/index.js` */
const sdk = { name: 'vwo-node-sdk', version: '1.73.0' }

/**
 * VWO FullStack.
 *
 * @see vwo-node-sdk 1.73.0 `lib/utils/SettingsFileUtil.js` for the requests, and `lib/enums/UrlEnum.js`
 */
export const fullstack: Product = {
  name: 'fullstack',
  unit: 'campaign',
  sdk,
  paths: { settings: '/server-side/settings', pull: '/server-side/pull' },
  queryOf: ({ accountId, sdkKey, sdk: name, sdkVersion }) =>
    new URLSearchParams({
      a: accountId,
      i: sdkKey,
      r: String(Math.random()),
      platform: 'server',
      sdk: name,
      'sdk-v': sdkVersion,
    }),
  ownerIn: ({ a = '', i = '' }) => ({ accountId: a, sdkKey: i }),
  sdkQuery: 'sdk',
  sample: sampleSettingsFile,
  open: (limits) =>
    openJudging(
      {
        at: import.meta.url,
        sdk: sdk.name,
        list: 'campaigns',
      },
      limits,
    ),
}
