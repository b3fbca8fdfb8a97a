import { z } from 'zod'
import { parseObject } from '../../untrusted/json.ts'
import { listed, mostQuestions, type Question } from '../question.ts'

const variables = listed(z.looseObject({ key: z.string() }))
const settingsFileSchema = z.looseObject({
  features: listed(
    z.looseObject({ key: z.string(), rules: listed(z.looseObject({ campaignId: z.number() })) }),
  ),
  campaigns: listed(z.looseObject({ id: z.number(), variations: listed(z.looseObject({ variables })) })),
})

/**
 * @param settingsFile - Text, possibly broken: then there is nothing to ask.
 */
export function questionsOf(settingsFile: string): readonly Question[] {
  const { data } = settingsFileSchema.safeParse(parseObject(settingsFile))
  const { features = [], campaigns = [] } = data ?? {}
  return features.slice(0, mostQuestions).map(({ key, rules }) => {
    const ids = new Set(rules.map(({ campaignId }) => campaignId))
    const own = campaigns.filter(({ id }) => ids.has(id)).flatMap(({ variations }) => variations)
    const [variable] = own.flatMap((variation) => variation.variables)
    return { unit: key, isFeature: true, variable: variable?.key }
  })
}
