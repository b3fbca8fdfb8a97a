import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { plainText } from '../../text/plain-text.ts'
import { nameOf } from '../../text/words.ts'
import { firstOfEachKey } from '../summary/match.ts'
import type { Decided } from './dry-run/start-client.ts'
import { campaignsById } from './judge/parts.ts'
import { isTest, ownVariation } from './rules.ts'

type Answered = Extract<Decided, { ok: true }>

/** By which rule a feature is on for a user, and of a test with which variation: `testingRule1 Variation-1`. */
export function createOutcomes(file: SettingsFile): (key: string, decided: Answered) => string | undefined {
  const campaigns = campaignsById(file)
  const features = firstOfEachKey(file.features)
  const names = new Map<string, string>()

  function nameIn(key: string, campaignId: unknown, variationId: unknown): string {
    const rules = (features.get(key)?.rules ?? []).filter((rule) => rule.campaignId === campaignId)
    const campaign = campaigns.get(campaignId as number)
    if (campaign === undefined) return 'on'
    // Several rules may point to one personalisation.
    const own = rules.find((rule) => ownVariation(rule, campaign)?.id === variationId) ?? rules[0]
    const rule = nameOf(own?.ruleKey ?? campaign.key)
    if (!isTest(campaign)) return rule
    const variation = campaign.variations.find(({ id }) => id === variationId)
    return `${rule} ${nameOf(variation?.name ?? String(variationId))}`
  }

  return (key, { flag, decision }) => {
    if (!flag.isEnabled()) return undefined
    const { experimentId, experimentVariationId, rolloutId, rolloutVariationId } = decision
    const [campaignId, variationId] =
      experimentId === undefined ? [rolloutId, rolloutVariationId] : [experimentId, experimentVariationId]
    const place = JSON.stringify([key, campaignId, variationId])
    const name = names.get(place) ?? nameIn(key, campaignId, variationId)
    names.set(place, name)
    return name
  }
}

/** The values of a feature's variables, as one text. */
export function valuesOf({ flag }: Answered): string {
  return JSON.stringify(flag.getVariables().map(({ key, value }) => [key, value]))
}

/** `label "Buy", count 3`. */
export function valuesInWords(values: string): string {
  const pairs = JSON.parse(values) as [key: string, value: unknown][]
  return plainText(pairs.map(([key, value]) => `${key} ${JSON.stringify(value)}`).join(', '), 60)
}
