import { z } from 'zod'
import { mostQuestions, parsed, type Question } from '../question.ts'

const variables = z.array(z.looseObject({ key: z.string() })).catch([])

const settingsFileSchema = z.looseObject({
  campaigns: z
    .array(
      z
        .looseObject({
          key: z.string(),
          type: z.string(),
          variables,
          variations: z.array(z.looseObject({ variables })).catch([]),
        })
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
  return (data?.campaigns ?? [])
    .filter((campaign) => campaign !== undefined)
    .slice(0, mostQuestions)

    .map(({ key, type, variables: own, variations }) => {
      const [variable] = [...own, ...variations.flatMap((variation) => variation.variables)]
      return { campaign: key, isFeature: type.startsWith('FEATURE'), variable: variable?.key }
    })
}
