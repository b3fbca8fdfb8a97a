import { oncePerProcess } from '../../once-per-process.ts'
import { hasSharedOperands } from './features.ts'
import type { LiveFme } from './fme-sdk.ts'
import type { FmeSdkModule, SdkClient, SdkFlag } from './sdk-models.ts'

/** The decision that is being made, for each copy of the SDK: up to 1.35 it has one evaluator for all clients. */
const tails = oncePerProcess('decisions of FME SDKs, 1', () => new WeakMap<object, Promise<unknown>>())

/**
 * Has the SDK decide. It tells a shared evaluator who the user is, waits, and then asks it: calls at the same time would be
 * decided with the address, user agent and location of the last one. Since 1.36 each call can have an evaluator of its own;
 * before, settings with such segments are decided one call at a time.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/packages/segmentation-evaluator/core/SegmentationManger.ts`
 */
export function decide(
  sdk: FmeSdkModule,
  { view, settings }: LiveFme,
  featureKey: string,
  context: object,
): Promise<SdkFlag> {
  if (view.serviceContainer !== undefined) return withOwnEvaluator(view).getFlag(featureKey, context)
  if (!hasSharedOperands(settings)) return view.getFlag(featureKey, context)
  const { init } = sdk
  const decided = (tails.get(init) ?? Promise.resolve()).then(() => view.getFlag(featureKey, context))
  tails.set(
    init,
    decided.catch(() => {}),
  )
  return decided
}

/** Made by assignment: by descriptors it costs several times as much, for each call. */
function withOwnEvaluator(view: SdkClient): SdkClient {
  const shared = view.serviceContainer as NonNullable<SdkClient['serviceContainer']>
  const Evaluators = shared.getSegmentationManager().constructor as new () => object
  const evaluator = new Evaluators()
  const container = Object.create(shared) as typeof shared
  container.getSegmentationManager = () => evaluator
  const own = Object.create(view) as SdkClient
  own.serviceContainer = container
  return own
}
