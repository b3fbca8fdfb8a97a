import { z } from 'zod'
import { mostQuestions, parsed, type Question } from '../question.ts'

const variations = z.array(
  z.looseObject({ variables: z.array(z.looseObject({ key: z.string() })).catch([]) }),
)
const settingsFileSchema = z.looseObject({
  features: z
    .array(
      z
        .looseObject({
          key: z.string(),
          rules: z.array(z.looseObject({ campaignId: z.number() })).catch([]),
        })
        .optional()
        .catch(undefined),
    )
    .catch([]),
  campaigns: z
    .array(
      z
        .looseObject({ id: z.number(), variations: variations.catch([]) })
        .optional()
        .catch(undefined),
    )
    .catch([]),
})

/**
 * @param settingsFile - Text, possibly broken: then there is nothing to ask.
 */
export function questionsOf(settingsFile: string): readonly Question[] {
  const { data } = settingsFileSchema.safeParse(parsed(settingsFile))
  const { features = [], campaigns = [] } = data ?? {}
  return features
    .filter((feature) => feature !== undefined)
    .slice(0, mostQuestions)
    .map(({ key, rules }) => {
      const ids = new Set(rules.map(({ campaignId }) => campaignId))
      const own = campaigns.filter((campaign) => campaign !== undefined && ids.has(campaign.id))
      const [variable] = own.flatMap(
        (campaign) => campaign?.variations.flatMap((each) => each.variables) ?? [],
      )
      return { campaign: key, isFeature: true, variable: variable?.key }
    })
}
