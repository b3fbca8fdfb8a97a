/** A settings-file of about this many bytes: campaigns like those of a real account, as many as it takes. */
export function settingsOfSize(bytes: number, serial = 0): string {
  const campaigns: object[] = []
  let length = 200
  while (length < bytes) {
    const campaign = campaignOf(campaigns.length + 1, serial)
    campaigns.push(campaign)
    length += JSON.stringify(campaign).length + 1
  }
  return settingsWith(campaigns)
}

/** A settings-file with this many campaigns. */
export function settingsOfCampaigns(count: number, serial = 0): string {
  return settingsWith(Array.from({ length: count }, (_, index) => campaignOf(index + 1, serial)))
}

const settingsWith = (campaigns: object[]): string =>
  JSON.stringify({
    version: 1,
    accountId: 123_456,
    sdkKey: 'bench',
    campaigns,
    groups: {},
    campaignGroups: {},
  })

/** Only the first campaign depends on the serial number, as when one campaign is edited. */
function campaignOf(id: number, serial: number): object {
  const isFeature = id % 3 === 0
  return {
    id,
    key: `campaign-${id}`,
    name: `Campaign ${id} of the bench`,
    type: isFeature ? 'FEATURE_TEST' : 'VISUAL_AB',
    status: 'RUNNING',
    percentTraffic: 100,
    isForcedVariationEnabled: false,
    goals: [{ id, identifier: `goal-${id}`, type: 'CUSTOM_GOAL' }],
    segments: id % 5 === 0 ? { and: [{ custom_variable: { country: 'lower(de)' } }] } : {},
    variables: [],
    variations: [
      { id: 1, name: 'Control', weight: 50, changes: {}, ...featureOf(isFeature, id, 1) },
      {
        id: 2,
        name: `Variation-${id === 1 ? serial : id}`,
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
        variables: [{ id, key: 'price', type: 'integer', value: id * variation }],
      }
    : {}
