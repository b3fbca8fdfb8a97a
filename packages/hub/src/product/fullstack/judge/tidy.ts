import { findCampaignFault, findRootFault, isRecord, type SettingsFile } from '@vwo-hub/protocol/fullstack'

type Campaign = SettingsFile['campaigns'][number]

/**
 * The same settings-file with everything in its place: for words, which must not stumble over what an SDK survives.
 * Only what is wrong is another than in the file.
 */
export function tidy(file: SettingsFile): SettingsFile {
  const campaigns = file.campaigns.map((campaign) =>
    findCampaignFault(campaign) === undefined ? campaign : tidyCampaign(campaign),
  )
  if (findRootFault(file) === undefined) return { ...file, campaigns }
  const groups = Object.entries(recordIn(file.groups)).map(([id, group]) => [id, tidyGroup(group)] as const)
  const memberships = Object.entries(recordIn(file.campaignGroups)).filter(([, id]) => typeof id === 'number')
  return {
    ...file,
    campaigns,
    groups: Object.fromEntries(groups),
    campaignGroups: Object.fromEntries(memberships) as Record<string, number>,
  }
}

function tidyCampaign(campaign: unknown): Campaign {
  const fields = recordIn(campaign)
  return {
    ...fields,
    ...texts(fields, ['id', 'type', 'key', 'status']),
    percentTraffic: Number(fields['percentTraffic']),
    segments: recordIn(fields['segments']),
    goals: recordsIn(fields['goals']).map((goal) => ({
      ...goal,
      ...texts(goal, ['id', 'identifier', 'type']),
    })),
    variables: variablesIn(fields['variables']),
    variations: recordsIn(fields['variations']).map((variation) => ({
      ...variation,
      ...texts(variation, ['id', 'name']),
      weight: Number(variation['weight']),
      segments: recordIn(variation['segments']),
      variables: variablesIn(variation['variables']),
    })),
  } as unknown as Campaign
}

function variablesIn(value: unknown): Record<string, unknown>[] {
  return recordsIn(value).map((variable) => ({ ...variable, ...texts(variable, ['id', 'key', 'type']) }))
}

function tidyGroup(group: unknown): NonNullable<SettingsFile['groups']>[never] {
  const fields = recordIn(group)
  const listed: readonly unknown[] = Array.isArray(fields['campaigns']) ? fields['campaigns'] : []
  return { ...fields, campaigns: listed.map(String) } as NonNullable<SettingsFile['groups']>[never]
}

/** What has to be a number or text is text, whatever it is. */
function texts(fields: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.map((name) => {
      const value = fields[name]
      const isPlain = typeof value === 'string' || typeof value === 'number'
      return [name, isPlain ? (name === 'id' ? value : String(value)) : '']
    }),
  )
}

function recordsIn(value: unknown): Record<string, unknown>[] {
  return (Array.isArray(value) ? value : []).filter((item) => isRecord(item))
}

function recordIn(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {}
}
