import { z } from 'zod'
import { parseObject } from '../../untrusted/json.ts'
import { listed, mostQuestions, type Question } from '../question.ts'

const variables = listed(z.looseObject({ key: z.string() }))
const settingsFileSchema = z.looseObject({
  campaigns: listed(
    z.looseObject({
      key: z.string(),
      type: z.string(),
      variables,
      variations: listed(z.looseObject({ variables })),
    }),
  ),
})

/**
 * @param settingsFile - Text, possibly broken: then there is nothing to ask.
 */
export function questionsOf(settingsFile: string): readonly Question[] {
  const { data } = settingsFileSchema.safeParse(parseObject(settingsFile))
  const campaigns = data?.campaigns ?? []
  return campaigns.slice(0, mostQuestions).map(({ key, type, variables: own, variations }) => {
    const [variable] = [...own, ...variations.flatMap((variation) => variation.variables)]
    return { unit: key, isFeature: type.startsWith('FEATURE'), variable: variable?.key }
  })
}
