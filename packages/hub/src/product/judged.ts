/**
 * What is stored beside a settings-file of how it was judged: tied to its content, because an older hub that publishes
 * another one leaves it as it is.
 *
 * @module
 */
import { z } from 'zod'
import { parseJson } from '../untrusted/json.ts'
import { version } from '../version.ts'
import type { Previous, Warnings } from './product.ts'
import type { SettingsText } from './settings-text.ts'

const warning = z.object({
  kind: z.enum(['fault', 'undecided', 'share', 'duplicate']),
  unit: z.string().optional(),
  place: z.string(),
  why: z.string(),
  isMute: z.literal(true).optional(),
  text: z.string(),
})

const judgedSchema = z.object({
  sha256: z.string(),
  /** The hub's version. */
  by: z.string(),
  count: z.number().int().nonnegative(),
  told: z.array(warning).max(100),
})

/** As text for `meta`. */
export function judgedText(sha256: string, { count, told }: Warnings): string {
  return JSON.stringify({ sha256, by: version, count, told })
}

/** @returns undefined when it is about another settings-file, or about none. */
export function readJudged(
  text: string | undefined,
  sha256: string,
): (Warnings & { readonly by: string }) | undefined {
  if (text === undefined) return undefined
  const json = parseJson(text)
  const { data } = judgedSchema.safeParse(json.ok ? json.value : undefined)
  return data?.sha256 === sha256 ? (data as Warnings & { readonly by: string }) : undefined
}

/** What is published, for judging the next one: what a hub of this very version has tried need not be tried again. */
export function previousOf(
  text: SettingsText,
  meta: { readonly sha256: string; readonly judged?: string },
): Previous {
  const { sha256 } = meta
  const judged = readJudged(meta.judged, sha256)
  return { text, sha256, ...(judged?.by === version && { warnings: judged }) }
}
