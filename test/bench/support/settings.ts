/** Which campaigns a serial number changes: the first alone, as when one campaign is edited, the first ten, or all of them. */
export type Changed = 'one' | 'ten' | 'all'

/** How many that are at most. */
export const most: Readonly<Record<Changed, number>> = { one: 1, ten: 10, all: Number.POSITIVE_INFINITY }

/**
 * A settings-file of about this many bytes: campaigns like those of a real account, as many as it takes.
 *
 * @param serial - Of the change: VWO raises the version with each.
 */
export function settingsOfSize(bytes: number, serial = 0, changed: Changed = 'one'): string {
  const campaigns: object[] = []
  let length = 200
  while (length < bytes) {
    const campaign = campaignOf(campaigns.length + 1, serial, changed)
    campaigns.push(campaign)
    length += JSON.stringify(campaign).length + 1
  }
  return settingsWith(campaigns, serial)
}

/** A settings-file with this many campaigns. */
export function settingsOfCampaigns(count: number, serial = 0, changed: Changed = 'one'): string {
  const campaigns = Array.from({ length: count }, (_, index) => campaignOf(index + 1, serial, changed))
  return settingsWith(campaigns, serial)
}

/** The one account of all of them. */
export const account = { accountId: 123_456, sdkKey: 'bench' }

const settingsWith = (campaigns: object[], serial: number): string =>
  JSON.stringify({ version: serial + 1, ...account, campaigns, groups: {}, campaignGroups: {} })

function campaignOf(id: number, serial: number, changed: Changed): object {
  const isFeature = id % 3 === 0
  const name = nameOf(id)
  return {
    id: 100_000 + ((id * 7919) % 900_000),
    key: `campaign-${id}`,
    name: `${name} ${nameOf(id + 1)}`,
    type: isFeature ? 'FEATURE_TEST' : 'VISUAL_AB',
    status: 'RUNNING',
    percentTraffic: 100,
    isForcedVariationEnabled: false,
    goals: [{ id, identifier: `${nameOf(id * 3)}-${id}`, type: 'CUSTOM_GOAL' }],
    segments: id % 5 === 0 ? { and: [{ custom_variable: { [nameOf(id * 5)]: `lower(${name})` } }] } : {},
    variables: [],
    variations: [
      { id: 1, name: 'Control', weight: 50, changes: {}, ...featureOf(isFeature, id, 1) },
      {
        id: 2,
        name: `${nameOf(id * 11)} ${id <= most[changed] ? serial : id}`,
        weight: 50,
        changes: {},
        ...featureOf(isFeature, id, 2),
      },
    ],
  }
}

const featureOf = (isFeature: boolean, id: number, variation: number): object =>
  isFeature
    ? {
        isFeatureEnabled: variation === 2,
        variables: [
          { id, key: 'price', type: 'integer', value: id * variation },
          { id: id + 1, key: 'text', type: 'string', value: `${nameOf(id * 13)} ${nameOf(id * 17)}` },
        ],
      }
    : {}

/** A word that no other number has, so that the whole compresses as well as real files do, about eight to one. */
export function nameOf(number: number): string {
  let hash = Math.imul(number + 1, 0x9e3779b1)
  let name = ''
  for (let index = 0; index < 9; index += 1) {
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
    name += String.fromCodePoint(97 + ((hash >>> 8) % 26))
  }
  return name
}
