import type { LaunchOptions } from './launch-options.ts'

/** Keys that an app may ask for; `vwo-hub types` writes a `Vwo` that is one. */
export interface CampaignKeys {
  /** By key, the goals and the variables of each campaign. */
  readonly campaigns: Readonly<Record<string, KeysOfCampaign>>
}

/** Keys of one campaign; `never` where it has none. */
interface KeysOfCampaign {
  /** Identifiers of its goals. */
  readonly goals: string
  /** Keys of the variables of its feature. */
  readonly variables: string
}

/** Keys of a campaign. */
export type CampaignKey<Keys extends CampaignKeys> = keyof Keys['campaigns'] & string
/** Identifiers of goals, whichever campaign has them. */
export type GoalKey<Keys extends CampaignKeys> = Keys['campaigns'][CampaignKey<Keys>]['goals']
/** Keys of the variables of one campaign. */
export type VariableKey<
  Keys extends CampaignKeys,
  Campaign extends CampaignKey<Keys>,
> = Keys['campaigns'][Campaign]['variables']

/** Launch options by which every method answers at once. */
export interface AnswersAtOnce extends LaunchOptions {
  readonly returnPromiseFor?: never
  readonly asyncStorageConfig?: never
}

/** What a client is typed by: its launch options, or the keys that there are. */
export type TypedBy = LaunchOptions | CampaignKeys
/** The keys, where it is typed by them; else any. */
export type KeysOf<By> = [By] extends [CampaignKeys] ? By : CampaignKeys
/** The launch options, where it is typed by them. Beside keys nothing is known of them, so that they may ask for no promises. */
export type LaunchOf<By> = [By] extends [CampaignKeys]
  ? AnswersAtOnce
  : By extends LaunchOptions
    ? By
    : object
