import { versionOfLoaded } from '../../manifest.ts'
import type { Host, Product } from '../product.ts'
import { createFacade } from './facade.ts'
import { faultsOfLaunch, type LaunchOptions } from './launch-options.ts'
import type { MethodsFor } from './vwo-methods.ts'
import { createVwoSdk, faultsOfSdk, type PreparedSettings, type VwoSdkModule } from './vwo-sdk.ts'

/** What an app gives for VWO FullStack. */
export interface FullStackOptions<Launch extends LaunchOptions> {
  /** The app's own `vwo-node-sdk`: its default import. */
  readonly sdk: VwoSdkModule
  /** Options of the SDK's `launch`. @default {} */
  readonly launch?: Launch
}

/** VWO FullStack with the app's SDK; decides with the settings that it is given. */
export function openFullStack<Launch extends LaunchOptions>(
  { sdk, launch = {} as Launch }: FullStackOptions<Launch>,
  host: Host,
): Product<MethodsFor<Launch>, PreparedSettings> {
  const { requestRefresh, onEventError } = host
  const onCallbackError = (from: string, error: unknown): void =>
    host.onCallbackError(`${from} of the launch options failed`, error)
  const live = createVwoSdk({ sdk, launch, onCallbackError, onEventError })
  const { methods, drain } = createFacade({ live, launch, requestRefresh, onEventError })
  const { prepare, commit, flush, release } = live
  return {
    name: 'fullstack',
    sdk: {
      name: 'vwo-node-sdk',
      version: versionOfLoaded('vwo-node-sdk', 'default' in sdk ? sdk.default : sdk),
    },
    methods,
    ...{ prepare, commit, drain, flush, release },
  }
}

/** What is wrong with what an app gives for it. */
export function faultsOfFullStack({ sdk, launch }: FullStackOptions<LaunchOptions>): string[] {
  return [...faultsOfSdk(sdk), ...faultsOfLaunch(launch)]
}
