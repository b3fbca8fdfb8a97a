import { isDeepStrictEqual } from 'node:util'
import { linkSettings } from './link-settings.ts'
import type { SdkClient, SdkSettings, SdkSettingsClass } from './sdk-models.ts'

/** How a client of this SDK can be given other settings without another `init`. */
export interface SdkShape {
  /** Under which name a client has itself: `vwoClientInstance`, since 1.50 `wingifyClientInstance`. */
  readonly self: string
  /** Makes the SDK's model of settings. */
  link(view: SdkClient, file: object): SdkSettings
}

/**
 * Looks whether a client has what views of it are made of, and whether its models are linked as we do it: whatever a version
 * of the SDK does otherwise, it costs time at most.
 *
 * @returns `undefined` where settings can only be replaced by another `init`.
 */
export function shapeOf(client: SdkClient): SdkShape | undefined {
  const self = Object.entries(client).find(([, value]) => value === client)?.[0]
  if (self === undefined || !Object.hasOwn(client, 'settings')) return undefined
  const byUpdate = (view: SdkClient, file: object): SdkSettings => {
    // Runs to its end at once where settings are given; what it throws is swallowed there.
    void client.updateSettings.call(view, file)
    if (!Object.hasOwn(view, 'settings')) throw new Error('the SDK does not take them; its log says why')
    return view.settings
  }
  try {
    const Settings = client.settings.constructor as SdkSettingsClass
    const expected = byUpdate(viewOf(client, self), probe())
    // Private fields, or an update that goes elsewhere: then a view would decide with settings of another.
    if (client.settings === expected) return undefined
    const isSame = isDeepStrictEqual(linkSettings(Settings, probe()), expected)
    return { self, link: isSame ? (_view, file) => linkSettings(Settings, file) : byUpdate }
  } catch {
    return undefined
  }
}

/** A client with settings of its own to come: everything else is of the client that it is a view of. */
export function viewOf(client: SdkClient, self: string): SdkClient {
  const view = Object.create(client) as SdkClient & Record<string, unknown>
  view[self] = view
  const shared = client.serviceContainer
  if (shared !== undefined) {
    // Nothing that is live learns of it.
    view.serviceContainer = Object.create(shared, {
      injectServiceContainer: { value: () => {} },
    }) as typeof shared
  }
  // Since 1.36 this is set at `init`, and never again.
  view.isSettingsValid = true
  return view
}

/** A settings-file with each field that the SDK links. */
function probe(): object {
  const variables = [{ id: 1, key: 'text', type: 'string', value: 'x' }]
  const variation = (id: number, weight: number, segments: object) => ({
    ...{ id, key: `v${id}`, name: `V${id}`, weight, segments, variables, salt: 's' },
  })
  const plan = { or: [{ custom_variable: { plan: 'inlist(5)' } }] }
  const campaign = (id: number, type: string, variations: object[], segments: object = {}) => ({
    ...{
      id,
      type,
      key: `c${id}`,
      name: `C${id}`,
      status: 'RUNNING',
      percentTraffic: 50,
      segments,
      variations,
    },
    ...{ salt: 't', isForcedVariationEnabled: true, isUserListEnabled: true },
  })
  const rule = (campaignId: number, type: string, more: object = {}) => ({
    ...{ campaignId, type, ruleKey: `r${campaignId}`, status: true },
    ...more,
  })
  const feature = (id: number, rules: object[], more: object = {}) => ({
    ...{ id, key: `f${id}`, name: `F${id}`, type: 'FEATURE_FLAG', status: 'ON', rules },
    metrics: [{ id: 1, type: 'CUSTOM_GOAL', identifier: 'e', mca: -1, hasProps: true, revenueProp: 'p' }],
    ...more,
  })
  return {
    ...{ version: 1, accountId: 1, sdkKey: 'probe', collectionPrefix: 'as', usageStatsAccountId: 1 },
    ...{ groups: { 1: { name: 'g', campaigns: ['2', '3_1'], et: 1 } }, campaignGroups: { 2: 1, '3_1': 1 } },
    ...{ pollInterval: 1000, isMAU: true, devMode: true, isWebConnectivityEnabled: true },
    features: [
      feature(1, [
        rule(1, 'FLAG_ROLLOUT', { variationId: 2 }),
        rule(2, 'FLAG_TESTING'),
        rule(9, 'FLAG_TESTING'),
      ]),
      feature(2, [rule(3, 'FLAG_PERSONALIZE', { variationId: 1 })], {
        ...{ impactCampaign: { campaignId: 4, type: 'IMPACT' }, isDebuggerEnabled: true },
      }),
      feature(3, [rule(2, 'FLAG_TESTING', { variationId: 7 })]),
      feature(4, [], { impactCampaign: {} }),
    ],
    campaigns: [
      campaign(1, 'FLAG_ROLLOUT', [variation(1, 33.335, {}), variation(2, 100, plan)]),
      campaign(2, 'FLAG_TESTING', [variation(1, 0, {}), variation(2, 33.335, {}), variation(3, 66.67, {})]),
      campaign(3, 'FLAG_PERSONALIZE', [variation(1, 20, { and: [{ country: 'DE' }] })]),
    ],
    holdouts: [
      { id: 1, name: 'a', segments: {}, percentTraffic: 5, featureIds: [1], isGlobal: false, metrics: [] },
      { id: 2, name: 'b', segments: plan, percentTraffic: 5, featureIds: [], isGlobal: true, metrics: [] },
      { id: 3, name: 'c', segments: plan, percentTraffic: 5, featureIds: [], isGlobal: true, metrics: [] },
    ],
  }
}
