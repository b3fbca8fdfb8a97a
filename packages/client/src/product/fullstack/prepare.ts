import { ClientError, messageOf } from '../../errors.ts'
import { parseSettings, refusalOf } from '../parse-settings.ts'
import { findSettingsFault, normaliseSettings, type SettingsFile } from '@vwo-hub/protocol/fullstack'

/**
 * Makes of a text what the SDK would make of it on `launch`, beside what is live.
 *
 * @param isProven - This very text was tried with the real SDK before: it is not validated again.
 * @throws {@link ClientError} `settings-refused`, naming the place.
 */
export function prepareSettings(text: string, isProven: boolean): SettingsFile {
  const parsed = parseSettings(text)
  normaliseSettings(parsed)
  const settings = isProven ? (parsed as SettingsFile) : prove(parsed)
  try {
    for (const campaign of settings.campaigns) allocate(campaign.variations)
  } catch (error) {
    throw new ClientError('settings-refused', `the SDK cannot work with them: ${messageOf(error)}`, {
      cause: error,
    })
  }
  return settings
}

/** The parsed object itself, once it is known to be right: the schema's copy would cost and add nothing. */
function prove(parsed: object): SettingsFile {
  const fault = findSettingsFault(parsed)
  if (fault === undefined) return parsed as SettingsFile
  throw refusalOf(fault)
}

/**
 * Gives each variation its range of buckets, as the SDK's `processSettingsFile` does; that one builds a log message for
 * each variation, which is most of what it costs. A contract test compares the two.
 *
 * @see vwo-node-sdk 1.73.0 `lib/utils/CampaignUtil.js` `setVariationAllocation`
 */
function allocate(variations: SettingsFile['campaigns'][number]['variations']): void {
  let end = 0
  // A campaign without a list of them decides for nobody, and holds up no other.
  for (const variation of Array.isArray(variations) ? variations : []) {
    const range = variation.weight ? Math.min(Math.ceil(Number(variation.weight) * 100), 10_000) : 0
    const [startVariationAllocation, endVariationAllocation] = range ? [end + 1, end + range] : [-1, -1]
    Object.assign(variation, { startVariationAllocation, endVariationAllocation })
    end += range
  }
}
