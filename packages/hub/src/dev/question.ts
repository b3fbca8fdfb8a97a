/**
 * What the app processes of `vwo-hub dev` decide. A real app has its keys in its code; these follow whatever is in the
 * settings-file.
 *
 * @module
 */
import { z } from 'zod'

/** Chosen because the SDK puts them at 20, 35, 60 and 85 of 100: most changes of traffic or weight move one. */
export const users = ['ada', 'finn', 'eve', 'paul'] as const

export const questionSchema = z.object({
  /** The key of a campaign, or of a feature of FME. */
  unit: z.string(),
  /** Of a feature: whether it is on. Of an A/B test: which variation. */
  isFeature: z.boolean(),
  /** The first variable of a feature. */
  variable: z.string().optional(),
})

export type Question = z.infer<typeof questionSchema>

/** More would not fit on a screen. */
export const mostQuestions = 8

/** A list in a settings-file, without what is not of its kind; empty where there is none. */
export function listed<Item extends z.ZodType>(item: Item) {
  return z
    .array(item.optional().catch(undefined))
    .catch([])
    .transform((items) => items.filter((each) => each !== undefined))
}
