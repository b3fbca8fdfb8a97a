import type { Handler } from 'hono'
import { isSameSecret } from '../access/secret.ts'
import { settingsResponse } from './settings-response.ts'
import type { EnvironmentView, HubView } from './hub-view.ts'

/**
 * `GET /server-side/settings` and `/server-side/pull` as VWO answers them, so that an unmodified SDK in any
 * language can fetch from a hub. The sdkKey in the query is the credential, as it is at VWO.
 *
 * @see vwo-node-sdk 1.73.0 `lib/utils/SettingsFileUtil.js`: `a` is the accountId, `i` the sdkKey.
 */
export function vwoEndpoint(view: HubView): Handler {
  return (context) => {
    const environment = environmentOf(view, context.req.query('a') ?? '', context.req.query('i') ?? '')
    if (environment === undefined) return context.json({ message: 'Invalid api key' }, 400)
    const published = environment.current()
    if (published !== undefined) return settingsResponse(context, published)
    return context.json({ message: 'No settings yet. Try again in a moment.' }, 503, { 'Retry-After': '1' })
  }
}

/** Looks at all of them, so that the time taken says nothing about a key. */
function environmentOf(view: HubView, accountId: string, sdkKey: string): EnvironmentView | undefined {
  let found: EnvironmentView | undefined
  const given = JSON.stringify([accountId, sdkKey])
  for (const environment of view.environments.values()) {
    const expected = JSON.stringify([environment.config.accountId, environment.config.sdkKey])
    if (isSameSecret(given, expected)) found = environment
  }
  return found
}
