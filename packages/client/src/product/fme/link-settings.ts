import type { SdkCampaign, SdkSettings, SdkSettingsClass } from './sdk-models.ts'

/** The SDK's own: what its gateway service has to be asked about. */
const ASKS_GATEWAY = /\b(?:country|region|city|os|device_type|browser_string|ua|browser_version|os_version)\b/
const ASKS_FOR_LIST = /"custom_variable"\s*:\s*{[^}]*inlist\([^)]*\)/
/** Parts of a hundred percent that variations are given. */
const RANGES = 10_000

/**
 * Makes of settings what `updateSettings` makes of them, without its validation and its lines for the log, which are most of
 * what it costs. Whether this SDK makes the same of them is tried once at its launch (`sdk-shape.ts`), and over many
 * settings-files by a contract test.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/utils/SettingsUtil.ts`, `lib/utils/CampaignUtil.ts` `setVariationAllocation`,
 *   `lib/utils/FunctionUtil.ts` `addLinkedCampaignsToSettings`, `lib/utils/GatewayServiceUtil.ts`
 */
export function linkSettings(Settings: SdkSettingsClass, file: object): SdkSettings {
  const settings = new Settings(file)
  const campaigns = new Map<number, SdkCampaign>()
  for (const campaign of settings.getCampaigns()) {
    allocate(campaign)
    campaigns.set(campaign.getId(), campaign)
  }
  for (const feature of settings.getFeatures()) {
    const linked: SdkCampaign[] = []
    for (const rule of feature.getRules()) {
      const campaign = campaigns.get(rule.getCampaignId())
      // Normal: what is paused is not in the file.
      if (campaign !== undefined) linked.push(linkedTo(campaign, rule))
    }
    feature.setRulesLinkedCampaign(linked)
    if (linked.some((campaign) => asksGateway(segmentsOf(campaign))))
      feature.setIsGatewayServiceRequired(true)
  }
  settings
    .getHoldouts?.()
    .find((holdout) => asksGateway(holdout.getSegments()))
    ?.setIsGatewayServiceRequired(true)
  return settings
}

function isWhole(campaign: SdkCampaign): boolean {
  const type = campaign.getType()
  return type === 'FLAG_ROLLOUT' || type === 'FLAG_PERSONALIZE'
}

/** Gives each variation its range. */
function allocate(campaign: SdkCampaign): void {
  const variations = campaign.getVariations()
  if (isWhole(campaign)) {
    for (const variation of variations) {
      variation.setStartRange(1)
      variation.setEndRange(variation.getWeight() * 100)
    }
    return
  }
  let end = 0
  for (const variation of variations) {
    const weight = variation.getWeight()
    const range = weight ? Math.min(Math.ceil(weight * 100), RANGES) : 0
    variation.setStartRange(range ? end + 1 : -1)
    variation.setEndRange(range ? end + range : -1)
    end += range
  }
}

/** A campaign as one rule sees it. Its variations are those of the campaign: the SDK changes none after this. */
function linkedTo(
  campaign: SdkCampaign,
  rule: { getVariationId?(): number | undefined; getRuleKey(): string },
): SdkCampaign {
  const Campaign = campaign.constructor as new () => SdkCampaign
  const id = rule.getVariationId?.()
  const one = id ? campaign.getVariations().find((variation) => variation.getId() === id) : undefined
  return Object.assign(new Campaign(), campaign, {
    ruleKey: rule.getRuleKey(),
    ...(one !== undefined && { variations: [one] }),
  })
}

function segmentsOf(campaign: SdkCampaign): object | undefined {
  return isWhole(campaign) ? campaign.getVariations()[0]?.getSegments() : campaign.getSegments()
}

function asksGateway(segments: object | undefined): boolean {
  // Most have none, and to make a text of all of them is a tenth of a swap.
  if (!segments || Object.keys(segments).length === 0) return false
  const text = JSON.stringify(segments)
  return ASKS_GATEWAY.test(text) || ASKS_FOR_LIST.test(text)
}
