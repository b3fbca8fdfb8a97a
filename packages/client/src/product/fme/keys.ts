/** Keys that an app may ask for; `vwo-hub types` writes a `Vwo` that is one. */
export interface FeatureKeys {
  readonly features: Readonly<Record<string, { readonly variables: object }>>
  /** Names of events. */
  readonly events: string
}

/** Keys of a feature. */
export type FeatureKey<Keys extends FeatureKeys> = keyof Keys['features'] & string

/** The variables of one feature, by key. */
export type VariablesOf<
  Keys extends FeatureKeys,
  Feature extends FeatureKey<Keys>,
> = Keys['features'][Feature]['variables']
