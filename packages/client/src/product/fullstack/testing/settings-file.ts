/** Values of the variables of a feature, by their keys. */
export type VariableValues = Readonly<Record<string, string | number | boolean | object>>

interface CampaignOptions {
  /** How many users of a hundred are part of it. @default 100 */
  readonly traffic?: number
  /** Identifiers of its custom goals. @default [] */
  readonly goals?: readonly string[]
  /** Identifiers of its revenue goals: `track` needs a `revenueValue` for them. @default [] */
  readonly revenueGoals?: readonly string[]
}

/** An A/B test, where it is not the usual one. */
export interface AbTestOptions extends CampaignOptions {
  /** Names; each gets an equal share of the users. @default ['Control', 'Variation-1'] */
  readonly variations?: readonly string[]
}

/** A feature rollout, where it is not the usual one. */
export interface FeatureOptions {
  /** How many users of a hundred have the feature. @default 100 */
  readonly traffic?: number
  /** @default {} */
  readonly variables?: VariableValues
}

/** A feature test. */
export interface FeatureTestOptions extends CampaignOptions {
  /**
   * By name: `false` where the feature is off, else what its variables are there, as far as that is not what `variables` says.
   * Each gets an equal share of the users.
   */
  readonly variations: Readonly<Record<string, VariableValues | false>>
  /** All variables, with what they are where nothing else is said. @default {} */
  readonly variables?: VariableValues
}

/** A settings-file under construction: as `settings` and for `update` of a test client it serves as it is. */
export interface SettingsBuilder {
  /** With an A/B test; each of these replaces the campaign of the same key. */
  abTest(key: string, options?: AbTestOptions): SettingsBuilder
  /** With a feature rollout. */
  feature(key: string, options?: FeatureOptions): SettingsBuilder
  /** With a feature test. */
  featureTest(key: string, options: FeatureTestOptions): SettingsBuilder
  /** Without a campaign, as VWO sends it while that is paused. */
  without(key: string): SettingsBuilder
  /** The settings-file, as VWO would send it. */
  toJSON(): object
}

interface Campaign {
  readonly key: string
  readonly type: string
  readonly percentTraffic: number
  readonly goals: readonly { readonly identifier: string; readonly type: string }[]
  readonly variations: readonly object[]
  readonly variables?: readonly object[]
}

/**
 * Begins a settings-file for tests, without campaigns. Every step answers a new one: steps can be shared.
 *
 * @example
 * settingsFile()
 *   .abTest('checkout', { variations: ['Control', 'Green'], goals: ['bought'] })
 *   .feature('search', { variables: { resultsPerPage: 20 } })
 */
export function settingsFile(): SettingsBuilder {
  return builder([])
}

function builder(campaigns: readonly Campaign[]): SettingsBuilder {
  const others = (key: string) => campaigns.filter((campaign) => campaign.key !== key)
  const plus = (campaign: Campaign) => builder([...others(campaign.key), campaign])
  return {
    abTest(key, { variations = ['Control', 'Variation-1'], ...options } = {}) {
      return plus({ ...campaignOf(key, 'VISUAL_AB', options), variations: equalShares(variations) })
    },
    feature(key, { variables = {}, ...options } = {}) {
      return plus({
        ...campaignOf(key, 'FEATURE_ROLLOUT', options),
        variations: equalShares(['Rollout']),
        variables: variablesOf(variables),
      })
    },
    featureTest(key, { variations, variables = {}, ...options }) {
      const values = Object.values(variations)
      return plus({
        ...campaignOf(key, 'FEATURE_TEST', options),
        variations: equalShares(Object.keys(variations)).map((variation, index) => {
          const own = values[index] ?? false
          return {
            ...variation,
            isFeatureEnabled: own !== false,
            variables: variablesOf({ ...variables, ...own }),
          }
        }),
        variables: variablesOf(variables),
      })
    },
    without: (key) => builder(others(key)),
    toJSON: () => ({
      version: 1,
      accountId: 1,
      sdkKey: 'test',
      campaigns: campaigns.map(({ goals, ...campaign }, index) => ({
        id: index + 1,
        name: campaign.key,
        status: 'RUNNING',
        segments: {},
        ...campaign,
        goals: goals.map((goal, place) => ({ id: (index + 1) * 1000 + place, ...goal })),
      })),
    }),
  }
}

function campaignOf(
  key: string,
  type: string,
  { traffic = 100, goals = [], revenueGoals = [] }: CampaignOptions,
): Omit<Campaign, 'variations'> {
  return {
    key,
    type,
    percentTraffic: traffic,
    goals: [
      ...goals.map((identifier) => ({ identifier, type: 'CUSTOM_GOAL' })),
      ...revenueGoals.map((identifier) => ({ identifier, type: 'REVENUE_TRACKING' })),
    ],
  }
}

function equalShares(names: readonly string[]): object[] {
  return names.map((name, index) => ({ id: index + 1, name, weight: 100 / names.length, changes: {} }))
}

function variablesOf(values: VariableValues): object[] {
  return Object.entries(values).map(([key, value], index) => ({
    id: index + 1,
    key,
    type: typeOf(value),
    value,
  }))
}

/** As the SDK names it: what is a `double` to it may be whole. */
function typeOf(value: VariableValues[string]): string {
  if (typeof value === 'number') return 'double'
  return typeof value === 'object' ? 'json' : typeof value
}
