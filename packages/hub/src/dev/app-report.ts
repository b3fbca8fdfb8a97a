/**
 * What an app process of `vwo-hub dev` and its parent tell each other.
 *
 * @module
 */
import { z } from 'zod'
import { questionSchema } from './question.ts'

/** Parent to app. */
export const askSchema = z.object({ ask: z.array(questionSchema).readonly() })

/** App to parent, after each change. */
export const reportSchema = z.object({
  state: z.string(),
  /** Absent before the first settings. */
  revision: z.number().optional(),
  /** From publication until it was received; only right after an update. */
  lagMs: z.number().optional(),
  /** By campaign or feature, one answer for each user. */
  decisions: z.record(z.string(), z.array(z.string())),
})

export type AppReport = z.infer<typeof reportSchema>
