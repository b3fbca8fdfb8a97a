/** Keys that an app may ask for; `vwo-hub types` writes a `Vwo` that is one. */
export interface FeatureKeys {
  /** By key, the variables of each feature with their types. */
  readonly features: Readonly<Record<string, KeysOfFeature>>
  /** Names of events. */
  readonly events: string
}

/** Keys of one feature. */
interface KeysOfFeature {
  /** The types of its variables, by key. */
  readonly variables: object
}

/** Keys of a feature. */
export type FeatureKey<Keys extends FeatureKeys> = keyof Keys['features'] & string

/** The variables of one feature, by key. */
export type VariablesOf<
  Keys extends FeatureKeys,
  Feature extends FeatureKey<Keys>,
> = Keys['features'][Feature]['variables']
