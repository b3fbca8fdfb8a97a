import type { SettingsFile } from '@vwo-hub/protocol/fullstack'

/**
 * A settings-file without the campaigns of a key, and without their places in groups: a group counts its members whether or
 * not they are there.
 *
 * @param file - As it was sent, and judged.
 */
export function withoutCampaign(file: Readonly<Record<string, unknown>>, key: string): object {
  const { campaigns, campaignGroups = {}, groups = {} } = file as unknown as SettingsFile
  const gone = new Set(campaigns.filter((each) => each.key === key).map(({ id }) => String(id)))
  const isThere = (id: unknown): boolean => !gone.has(String(id))
  return {
    ...file,
    campaigns: campaigns.filter((each) => each.key !== key),
    ...('campaignGroups' in file && {
      campaignGroups: Object.fromEntries(Object.entries(campaignGroups).filter(([id]) => isThere(id))),
    }),
    ...('groups' in file && {
      groups: Object.fromEntries(
        Object.entries(groups).map(([id, group]) => [
          id,
          { ...group, campaigns: group.campaigns.filter(isThere) },
        ]),
      ),
    }),
  }
}
