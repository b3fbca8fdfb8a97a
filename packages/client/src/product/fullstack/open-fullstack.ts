import { versionOfLoaded } from '../../manifest.ts'
import type { Host, Product } from '../product.ts'
import { createFacade } from './facade.ts'
import { campaignsOf, type Campaign } from './campaigns.ts'
import { faultsOfLaunch, unknownLaunchOptions } from './check-launch.ts'
import type { CampaignKeys } from './keys.ts'
import type { LaunchOptions } from './launch-options.ts'
import { tellUnknownKeys } from './unknown-keys.ts'
import type { MethodsAsTyped, MethodsFor } from './vwo-methods.ts'
import { createVwoSdk, faultsOfSdk, type PreparedSettings, type VwoSdkModule } from './vwo-sdk.ts'

/** What an app gives for VWO FullStack. */
export interface FullStackOptions<Launch extends LaunchOptions> {
  /** The app's own `vwo-node-sdk`: its default import. */
  readonly sdk: VwoSdkModule
  /** Options of the SDK's `launch`. @default {} */
  readonly launch?: Launch
}

/** What an app calls: the SDK's methods, and what there is to ask for. */
export type FullStackMethods<Launch, Keys extends CampaignKeys = CampaignKeys> = MethodsFor<Launch, Keys> &
  MethodsAsTyped<Launch, Keys> & {
    /** The campaigns of the settings in use: what can be asked for. */
    campaigns(): readonly Campaign[]
  }

/** VWO FullStack with the app's SDK; decides with the settings that it is given. */
export function openFullStack<Launch extends LaunchOptions>(
  { sdk, launch = {} as Launch }: FullStackOptions<Launch>,
  host: Host,
): Product<FullStackMethods<Launch>, PreparedSettings> {
  const onEventError = (what: string, error: unknown): void => host.report('event-failed', what, () => error)
  const live = createVwoSdk({
    sdk,
    launch,
    onCallbackError: (from, error) =>
      host.report('callback-failed', `${from} of the launch options failed`, () => error),
    onEventError,
  })
  const { requestRefresh, report, warn } = host
  const loaded = 'default' in sdk ? sdk.default : sdk
  const { methods, drain } = createFacade({ live, launch, requestRefresh, onEventError })
  const { prepare, commit, settings, settle: flush, release } = live
  const doubt = unknownLaunchOptions(launch)
  if (doubt !== undefined) warn(doubt)
  return {
    name: 'fullstack',
    sdk: {
      name: 'vwo-node-sdk',
      version: versionOfLoaded('vwo-node-sdk', (exported) => exported === loaded),
    },
    methods: {
      ...tellUnknownKeys(methods, { settings, tell: report }),
      campaigns() {
        const file = settings()
        return file === undefined ? [] : campaignsOf(file)
      },
    } as FullStackMethods<Launch>,
    ...{ settings, prepare, commit, drain, flush, release },
  }
}

/** What is wrong with what an app gives for it. */
export function faultsOfFullStack({ sdk, launch }: FullStackOptions<LaunchOptions>): string[] {
  return [...faultsOfSdk(sdk), ...faultsOfLaunch(launch)]
}
