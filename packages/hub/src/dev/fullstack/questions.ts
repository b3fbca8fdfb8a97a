/**
 * What the app processes of `vwo-hub dev` decide. A real app has its campaign keys in its code; these follow
 * whatever is in the settings-file.
 *
 * @module
 */
import { z } from 'zod'

/** Chosen because the SDK puts them at 20, 35, 60 and 85 of 100: most changes of traffic or weight move one. */
export const users = ['ada', 'finn', 'eve', 'paul'] as const

export const questionSchema = z.object({
  campaign: z.string(),
  /** Of a feature: whether it is on. Of an A/B test: which variation. */
  isFeature: z.boolean(),
  /** The first variable of a feature. */
  variable: z.string().optional(),
})

export type Question = z.infer<typeof questionSchema>

/** More would not fit on a screen. */
const mostQuestions = 8

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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
