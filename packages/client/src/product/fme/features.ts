import type { FmeSettingsFile } from './prepare-fme.ts'

/** One feature of the settings in use: what can be asked for. */
export interface Feature {
  /** The number that VWO gave it. */
  readonly id: number | string
  /** By this it is asked for. */
  readonly key: string
  /** The name that people gave it. */
  readonly name: string
  /** Keys of its rules, in the order in which they are tried; those that are paused are not there. */
  readonly rules: readonly string[]
  /** Keys of its variables. */
  readonly variables: readonly string[]
  /** Names of the events that are its metrics. */
  readonly events: readonly string[]
}

/** What calls are looked up in. */
export interface Known {
  readonly features: ReadonlyMap<string, Feature>
  readonly events: ReadonlySet<string>
}

const known = new WeakMap<FmeSettingsFile, Known>()

/** Made at the first question about these settings. */
export function knownIn(file: FmeSettingsFile): Known {
  const found = known.get(file)
  if (found !== undefined) return found
  const features = featuresOf(file)
  const made: Known = {
    // Of several with one key the SDK goes by the first.
    features: new Map(features.toReversed().map((feature) => [feature.key, feature])),
    events: new Set(features.flatMap((feature) => feature.events)),
  }
  known.set(file, made)
  return made
}

function featuresOf({ features, campaigns }: FmeSettingsFile): Feature[] {
  const variables = new Map(campaigns.map((campaign) => [campaign.id, variablesOf(campaign)]))
  return (features ?? []).map(({ id, key, name, rules = [], metrics }) => {
    const running = rules.filter((rule) => variables.has(rule.campaignId))
    return {
      ...{ id, key, name },
      rules: running.map((rule) => rule.ruleKey),
      variables: [...new Set(running.flatMap((rule) => variables.get(rule.campaignId) ?? []))],
      events: metrics.map((metric) => metric.identifier),
    }
  })
}

const variablesOf = ({ variations }: FmeSettingsFile['campaigns'][number]): readonly string[] =>
  variations.flatMap((variation) => (variation.variables ?? []).map(({ key }) => key))

/** Operands of segments that the SDK up to 1.35 looks up with the user that it was told of last, whoever asks. */
const SHARED =
  /"(?:ua|ip_address|browser_version|os_version|country|region|city|os|browser_string|device_type|device|featureId|campaignVariation)"\s*:|inlist\(/

const shared = new WeakMap<FmeSettingsFile, boolean>()

/** Whether decisions at the same time would be made with each other's users. */
export function hasSharedOperands(file: FmeSettingsFile): boolean {
  const found = shared.get(file)
  if (found !== undefined) return found
  const has = file.campaigns.some(
    ({ segments, variations }) =>
      SHARED.test(JSON.stringify(segments)) ||
      variations.some((variation) => SHARED.test(JSON.stringify(variation.segments ?? null))),
  )
  shared.set(file, has)
  return has
}
