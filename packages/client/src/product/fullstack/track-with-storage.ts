import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import type { TrackOptions, VwoMethods } from './vwo-methods.ts'
import type { VwoInstance } from './vwo-sdk.ts'

/**
 * Tracks a goal where variations are kept in an asynchronous storage: campaign by campaign. Asked for several at once, the
 * SDK sends all their events once for each of them, and none where it can say `false` for one without looking it up.
 *
 * @see vwo-node-sdk 1.73.0 `lib/api/track.js` `areAllPromises`
 */
export async function trackWithStorage(
  instance: VwoInstance,
  settings: SettingsFile,
  call: {
    readonly campaigns: Parameters<VwoMethods['track']>[0]
    readonly user: string
    readonly goal: string
    readonly options: TrackOptions
  },
): Promise<unknown> {
  const { campaigns, user, goal, options } = call
  const keys = typeof campaigns === 'string' ? [] : (campaigns ?? keysOfGoal(settings, goal, options))
  if (keys.length === 0) return instance.track(campaigns, user, goal, options)
  const answers = await Promise.all(keys.map((key) => instance.track(key, user, goal, options)))
  return answers.every((answer) => answer === null) ? null : Object.assign({}, ...answers)
}

/** The campaigns that the SDK tracks where none are named. */
function keysOfGoal(
  { campaigns }: SettingsFile,
  identifier: string,
  { goalTypeToTrack = 'ALL' }: TrackOptions,
): string[] {
  const hasGoal = ({ goals }: SettingsFile['campaigns'][number]): boolean => {
    // What is wrong with one campaign holds up no other.
    const goal = Array.isArray(goals) ? goals.find((each) => each?.identifier === identifier) : undefined
    return goal !== undefined && (goalTypeToTrack === 'ALL' || goal.type === goalTypeToTrack)
  }
  return campaigns.filter(hasGoal).map(({ key }) => key)
}
