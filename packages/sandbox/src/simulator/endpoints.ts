/**
 * Where VWO serves settings-files, and how it is told whose is asked for.
 *
 * @see vwo-node-sdk 1.73.0 `lib/enums/UrlEnum.js` and `lib/utils/SettingsFileUtil.js`; vwo-fme-node-sdk 1.35.0
 *   `lib/constants/index.ts`. What is served is one settings-file, of whichever product.
 * @module
 */
import type { Endpoint } from './faults.ts'

const endpoints: ReadonlyMap<string, Endpoint> = new Map([
  ['/server-side/settings', 'settings'],
  ['/server-side/pull', 'pull'],
  ['/server-side/v2-settings', 'settings'],
  ['/server-side/v2-pull', 'pull'],
])

export function endpointAt(path: string): Endpoint | undefined {
  return endpoints.get(path)
}

/** Account and key in the query of a request. */
export function askedFor({ a = '', i = '' }: Readonly<Record<string, string | undefined>>): {
  readonly accountId: string
  readonly sdkKey: string
} {
  return { accountId: a, sdkKey: i }
}
