import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { plainText } from '../../../text/plain-text.ts'
import { findFault } from './fault.ts'
import { probe, sampleOf } from './sample-users.ts'
import { LOG_LEVEL_ERROR, type VwoInstance, type VwoSdk } from './sdk.ts'
import { messageOf } from '../../../errors.ts'

/** One settings-file to try. */
export interface Trial {
  /** JSON. */
  readonly text: string
  /** Where each of its campaigns stands in the whole file, of which it may be a part. */
  readonly places: readonly number[]
}

type Campaign = SettingsFile['campaigns'][number]

/** How many users are bucketed for a whole file at most, and for one campaign; each takes some 50 µs. */
const BUCKETED_USERS = 4000
const BUCKETED_USERS_PER_CAMPAIGN = 5

/**
 * Launches the SDK with a settings-file and makes every kind of decision for every campaign: for each variation, as
 * for a user who has it already, and by bucketing, for users made from the segments and for a few others.
 *
 * @param progress - Its first element is set to one more than the place of the campaign that is tried.
 * @returns Why the settings-file does not work, with the place; undefined when it does.
 */
export function tryDecisions(sdk: VwoSdk, { text, places }: Trial, progress: Int32Array): string | undefined {
  const settingsFile = JSON.parse(text) as SettingsFile
  const { campaigns } = settingsFile
  // One that does not run is weighed all the same when another one of its group is decided for.
  for (const campaign of campaigns) campaign.status = 'RUNNING'
  // The SDK catches what its decisions throw, logs it and answers null: the log is what tells.
  const errors: string[] = []
  const stored: { variationName?: string } = {}
  let place = 'the file'
  try {
    const vwo = launch(sdk, settingsFile, errors, stored)
    const launchFault = errors.find(Boolean)
    if (launchFault !== undefined)
      return `${place}: the SDK does not launch with it: ${plainText(launchFault, 200)}`

    const users = Math.floor(BUCKETED_USERS / Math.max(1, campaigns.length))
    const keys = new Set<string>()
    for (const [index, campaign] of campaigns.entries()) {
      const at = places[index] ?? index
      Atomics.store(progress, 0, at + 1)
      place = `campaigns[${at}]`
      // Behind another one of the same key it is never decided for.
      if (keys.has(campaign.key)) continue
      keys.add(campaign.key)
      probeSegments(campaign)
      decideByStorage(vwo, campaign, stored)
      decideByBucket(vwo, campaign, Math.min(BUCKETED_USERS_PER_CAMPAIGN, Math.max(1, users)))
      const fault = findFault(errors.splice(0), isGrouped(settingsFile, campaign))
      if (fault !== undefined) return `${place}: ${fault}`
    }
  } catch (error) {
    return `${place}: the SDK throws: ${plainText(messageOf(error), 200)}`
  }
  return undefined
}

function launch(
  sdk: VwoSdk,
  settingsFile: SettingsFile,
  errors: string[],
  stored: { readonly variationName?: string },
): VwoInstance {
  return sdk.launch({
    settingsFile,
    isDevelopmentMode: true,
    logging: {
      level: LOG_LEVEL_ERROR,
      logger: {
        log(level, message) {
          if (level >= LOG_LEVEL_ERROR) errors.push(String(message))
        },
      },
    },
    userStorageService: {
      get: (userId, campaignKey) =>
        stored.variationName === undefined ? undefined : { userId, campaignKey, ...stored },
      set() {},
    },
  })
}

/** Every call, for a user who has each of the variations in turn. */
function decideByStorage(vwo: VwoInstance, campaign: Campaign, stored: { variationName?: string }): void {
  const { key, type, goals, variations, variables = [] } = campaign
  const user = 'dry-run'
  for (const variation of variations) {
    stored.variationName = variation.name
    decide(vwo, campaign, user, {})
    if (type !== 'FEATURE_ROLLOUT') vwo.getVariationName(key, user)
    if (type !== 'FEATURE_TEST') continue
    // A variation without variables may still lead to those of another one.
    const variableKeys = new Set(['dry-run', ...(variation.variables ?? []).map((variable) => variable.key)])
    for (const variableKey of variableKeys) vwo.getFeatureVariableValue(key, variableKey, user)
  }
  if (type === 'FEATURE_ROLLOUT') {
    for (const variable of variables) vwo.getFeatureVariableValue(key, variable.key, user)
  } else {
    for (const { identifier, revenueProp } of goals) {
      const eventProperties = { [revenueProp ?? 'value']: 1 }
      vwo.track(key, user, identifier, { revenueValue: 1, eventProperties })
    }
  }
  delete stored.variationName
}

/** The decision that segments, whitelisting, groups and traffic are part of. */
function decideByBucket(vwo: VwoInstance, campaign: Campaign, users: number): void {
  const { variables, userIds } = sampleOf([campaign.segments])
  const targeting = sampleOf(campaign.variations.map(({ segments }) => segments))
  const options = { customVariables: variables, variationTargetingVariables: targeting.variables }
  const listed = [...userIds, ...targeting.userIds].slice(0, users)
  for (const userId of listed) decide(vwo, campaign, userId || 'dry-run', options)
  for (let user = 0; user < users; user += 1)
    decide(vwo, campaign, `dry-run-${user}`, user % 2 === 0 ? options : {})
}

function decide(
  vwo: VwoInstance,
  { key, type }: Campaign,
  userId: string,
  options: Parameters<VwoInstance['activate']>[2],
): void {
  if (type === 'VISUAL_AB') vwo.activate(key, userId, options)
  else vwo.isFeatureEnabled(key, userId, options)
}

function probeSegments({ segments, variations }: Campaign): void {
  const { expressions } = sampleOf([segments, ...variations.map((variation) => variation.segments)])
  for (const expression of expressions) probe(expression)
}

function isGrouped({ campaignGroups = {} }: SettingsFile, { id }: Campaign): boolean {
  return Object.hasOwn(campaignGroups, String(id))
}
