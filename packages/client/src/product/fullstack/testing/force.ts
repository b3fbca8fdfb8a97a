import { nearestOf } from '@vwo-hub/protocol'
import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { ClientError } from '../../../errors.ts'
import { listOf, type Campaign } from '../campaigns.ts'

/** Which users get which variation, by the key of the campaign. */
export interface Forced {
  /**
   * @param known - The campaigns of the settings in use.
   * @param variation - Its name; may be left out where there is but one.
   * @throws {@link ClientError} `unknown-campaign`, or `option-invalid` for a variation or user that cannot be meant.
   */
  add(known: readonly Campaign[], user: string, key: string, variation?: string): void
  /** The same text, with everybody on the whitelist who is forced; as it is where it cannot be read. */
  applyTo(text: string): string
}

/** Forces users by VWO's own whitelist, which the SDK asks before it asks anything else. */
export function createForced(): Forced {
  const campaigns = new Map<string, Map<string, string>>()

  function add(known: readonly Campaign[], user: string, key: string, variation?: string): void {
    const what = `Cannot force ${JSON.stringify(user)} in ${JSON.stringify(key)}`
    if (user.trim() !== user || user === '' || user.includes(','))
      throw new ClientError(
        'option-invalid',
        `${what}: expected a user without commas, and without spaces around it, as whitelists have.`,
      )
    const campaign = known.find((each) => each.key === key)
    if (campaign === undefined) throw new ClientError('unknown-campaign', `${what}: ${unknown(key, known)}.`)
    const { variations: names } = campaign
    const name = variation ?? (names.length === 1 ? names[0] : undefined)
    if (name === undefined || !names.includes(name))
      throw new ClientError(
        'option-invalid',
        `${what}: expected one of its variations (${names.join(', ')}), got ${JSON.stringify(variation)}.`,
      )
    campaigns.set(key, new Map([...(campaigns.get(key) ?? []), [user, name]]))
  }

  function applyTo(text: string): string {
    if (campaigns.size === 0) return text
    let file: SettingsFile
    try {
      file = JSON.parse(text) as SettingsFile
    } catch {
      return text
    }
    for (const campaign of listOf(file?.campaigns)) whitelist(campaign, campaigns.get(campaign.key))
    return JSON.stringify(file)
  }

  return { add, applyTo }
}

function whitelist(
  campaign: SettingsFile['campaigns'][number],
  users: ReadonlyMap<string, string> | undefined,
): void {
  if (users === undefined) return
  // The list is of users then, not of what VWO makes of their names; others on it would be in two variations.
  Object.assign(campaign, { isForcedVariationEnabled: true, isUserListEnabled: false })
  for (const variation of listOf(campaign.variations)) {
    const own = [...users].filter(([, name]) => name === variation.name).map(([user]) => user)
    variation.segments = own.length === 0 ? {} : { or: [{ user: own.join(',') }] }
  }
}

function unknown(key: string, known: readonly Campaign[]): string {
  const nearest = nearestOf(
    key,
    known.map((campaign) => campaign.key),
  )
  const hint = nearest === undefined ? '' : `. The nearest name is ${JSON.stringify(nearest)}`
  return `the settings in use have no such campaign${hint}`
}
