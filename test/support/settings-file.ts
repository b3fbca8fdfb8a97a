/**
 * Builds plain settings-files, as VWO would send them, with only what a test wants to say about them.
 *
 * @example
 * settingsFile({ campaigns: [abTest('checkout-test'), featureRollout('new-menu', { percentTraffic: 50 })] })
 * @module
 */

export interface Variable {
  readonly id: number | string
  readonly key: string
  readonly type: 'string' | 'integer' | 'double' | 'boolean' | 'json'
  readonly value: unknown
}

export interface Goal {
  readonly id: number | string
  readonly identifier: string
  readonly type: 'CUSTOM_GOAL' | 'REVENUE_TRACKING'
  readonly revenueProp?: string
  readonly mca?: number | string
}

export interface Variation {
  readonly id: number | string
  readonly name: string
  readonly weight: number | string
  readonly changes: object
  /** Whom to whitelist for it. */
  readonly segments?: object
  readonly variables?: readonly Variable[] | object
  readonly isFeatureEnabled?: boolean
}

export interface Campaign {
  readonly id: number | string
  readonly key: string
  readonly name: string
  readonly type: 'VISUAL_AB' | 'FEATURE_TEST' | 'FEATURE_ROLLOUT'
  readonly status: string
  readonly percentTraffic: number
  readonly goals: readonly Goal[] | object
  readonly variations: readonly Variation[] | object
  readonly variables?: readonly Variable[] | object
  readonly segments: object
  readonly isBucketingSeedEnabled?: boolean
  readonly isForcedVariationEnabled?: boolean
  readonly isUserListEnabled?: boolean
  readonly isMAB?: boolean
  readonly isOB?: boolean
  readonly isOBv2?: boolean
}

/** Campaigns of which a user is in one at most. */
export interface Group {
  readonly name: string
  readonly campaigns: readonly number[]
  /** How the one is chosen. 1: at random, 2: by priority, then by weight. */
  readonly et?: number
  /** Campaign ids, the first has the highest priority. */
  readonly p?: readonly number[]
  /** Weight by campaign id. */
  readonly wt?: Readonly<Record<string, number>>
}

export interface PlainSettingsFile {
  readonly version: number | string
  readonly accountId: number | string
  readonly sdkKey?: string
  readonly campaigns: readonly Campaign[] | object
  readonly groups?: Readonly<Record<string, Group>> | readonly []
  readonly campaignGroups?: Readonly<Record<string, number>> | readonly []
  readonly collectionPrefix?: string
  readonly isEventArchEnabled?: boolean
  readonly isNB?: boolean
  readonly isNBv2?: boolean
  readonly isOB?: boolean
  readonly isOBv2?: boolean
}

/** A settings-file of account 123456, without campaigns unless given. */
export function settingsFile(overrides: Partial<PlainSettingsFile> = {}): PlainSettingsFile {
  return { version: 1, accountId: 123_456, sdkKey: 'a'.repeat(32), campaigns: [], ...overrides }
}

/** An A/B test of two equal variations for everybody, with the goal `bought`. */
export function abTest(key: string, overrides: Partial<Campaign> = {}): Campaign {
  return {
    id: idOf(key),
    key,
    name: key,
    type: 'VISUAL_AB',
    status: 'RUNNING',
    percentTraffic: 100,
    goals: [goal('bought')],
    variations: [variation(1, 'Control', 50), variation(2, 'Variation-1', 50)],
    segments: {},
    isForcedVariationEnabled: false,
    ...overrides,
  }
}

/** A feature test of two equal variations for everybody: off, and on with the variable `colour`. */
export function featureTest(key: string, overrides: Partial<Campaign> = {}): Campaign {
  return abTest(key, {
    type: 'FEATURE_TEST',
    variations: [
      variation(1, 'Control', 50, { isFeatureEnabled: false, variables: [variable('colour', 'grey')] }),
      variation(2, 'Variation-1', 50, { isFeatureEnabled: true, variables: [variable('colour', 'green')] }),
    ],
    variables: [variable('colour', 'grey')],
    ...overrides,
  })
}

/** A feature for everybody, with the variable `colour`. */
export function featureRollout(key: string, overrides: Partial<Campaign> = {}): Campaign {
  return abTest(key, {
    type: 'FEATURE_ROLLOUT',
    goals: {},
    variations: [variation(1, 'website', 100)],
    variables: [variable('colour', 'blue')],
    ...overrides,
  })
}

export function variation(
  id: number | string,
  name: string,
  weight: number | string,
  overrides: Partial<Variation> = {},
): Variation {
  return { id, name, weight, changes: {}, segments: {}, ...overrides }
}

export function goal(identifier: string, overrides: Partial<Goal> = {}): Goal {
  return { id: idOf(identifier), identifier, type: 'CUSTOM_GOAL', ...overrides }
}

export function variable(key: string, value: unknown, type: Variable['type'] = 'string'): Variable {
  return { id: idOf(key), key, type, value }
}

/** Everyone gets the variation of this name. */
export function decidesFor(key: string, name: string, overrides: Partial<Campaign> = {}): Campaign {
  return abTest(key, { variations: [variation(2, name, 100)], ...overrides })
}

/** The same number for the same text, so that a campaign keeps its id from one settings-file to the next. */
function idOf(text: string): number {
  return (Buffer.from(text).reduce((sum, byte) => (sum * 31 + byte) % 9973, 7) || 1) + 1
}
