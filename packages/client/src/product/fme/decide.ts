import { isAskedOfGatewayFirst } from './events/network-client.ts'
import { hasSharedOperands } from './features.ts'
import type { LiveFme } from './fme-sdk.ts'
import type { FmeSdkModule, SdkClient, SdkFlag } from './sdk-models.ts'
import { storageQuestion } from './shield-init.ts'
import { decideInTurn } from './turns.ts'

/**
 * Has the SDK decide. It tells a shared evaluator who the user is, waits, and then asks it: calls at the same time would be
 * decided with the address, user agent and location of the last one. Since 1.36 each call can have an evaluator of its own;
 * before, settings with such segments are decided one call at a time.
 *
 * @param options.isAsking - Whether it asks a storage or a gateway service.
 * @param options.hasBatches - Whether the SDK queues events.
 * @param options.isWanted - Whether somebody still waits for it.
 * @returns `undefined` when nobody waits for it any more: nothing was decided, and no event is sent.
 * @see vwo-fme-node-sdk 1.35.0 `lib/packages/segmentation-evaluator/core/SegmentationManger.ts`
 */
export async function decide(
  sdk: FmeSdkModule,
  { view, settings }: LiveFme,
  { featureKey, context }: { readonly featureKey: string; readonly context: object },
  options: {
    readonly isAsking: boolean
    readonly hasBatches: boolean
    readonly isWanted: () => boolean
  },
): Promise<SdkFlag | undefined> {
  if (view.serviceContainer !== undefined) return withOwnEvaluator(view).getFlag(featureKey, context)
  if (!hasSharedOperands(settings)) return view.getFlag(featureKey, context)
  const ofStorage = storageQuestion(featureKey)
  // In 1.35 it writes the user that an alias stands for into the context: a try begun anew would ask whom that one stands for.
  return decideInTurn(() => view.getFlag(featureKey, { ...context }), {
    of: sdk.init,
    isAsking: options.isAsking,
    isSeen: !options.hasBatches,
    isAskedFirst: (about) => about.startsWith(ofStorage) || isAskedOfGatewayFirst(about),
    isWanted: options.isWanted,
  })
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
