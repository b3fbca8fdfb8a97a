/**
 * What Redis answers, as typed values. Other programs may write there too, so nothing that is missing or odd is an error.
 *
 * @module
 */
import { REVISION_AHEAD_MS } from '@vwo-hub/protocol'
import { z } from 'zod'

/** A hash. */
export const fieldsSchema = z.record(z.string(), z.string())
export const streamEntrySchema = z.tuple([z.string(), z.array(z.string())])
export type StreamEntry = z.infer<typeof streamEntrySchema>

/** What `TIME` answers, as Unix milliseconds. */
export const clockSchema = z
  .tuple([z.coerce.number(), z.coerce.number()])
  .transform(([seconds, microseconds]) => seconds * 1000 + Math.floor(microseconds / 1000))

/** A whole number that is not negative, else undefined. */
export function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** A revision that can be: one further beyond Redis' clock was forged or damaged, and counts as none. */
export function revisionOf(text: string | undefined, now: number): number | undefined {
  const revision = numberOf(text)
  return revision !== undefined && revision <= now + REVISION_AHEAD_MS ? revision : undefined
}

/** Unix milliseconds as ISO 8601 UTC. */
export function timeOf(text: string | undefined): string | undefined {
  const milliseconds = numberOf(text)
  return milliseconds === undefined || milliseconds === 0 ? undefined : new Date(milliseconds).toISOString()
}
