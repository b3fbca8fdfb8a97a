import { z } from 'zod'
import type { Place } from './place.ts'
import { runScript } from './scripts.ts'

/** Fields of a report as text, empty where it has none; or why there are none. */
export type Report<Name extends string> = Readonly<Record<Name, string>> | 'gone' | 'unreadable'

const reportsSchema = z.array(z.array(z.string()).nullable())

/**
 * Reads what others say about themselves: named fields alone, each of them cut, and one that is no report at all does not
 * keep the others from being read.
 *
 * @param keys - Of one environment, in the order of the answers.
 */
export async function readReports<Name extends string>(
  { redis }: Pick<Place, 'redis'>,
  keys: readonly string[],
  names: readonly Name[],
): Promise<Report<Name>[]> {
  if (keys.length === 0) return []
  const reports = reportsSchema.parse(
    await runScript(redis, 'vwoReadReports', keys.length, ...keys, ...names),
  )
  return reports.map((values) => {
    if (values === null) return 'unreadable'
    if (values.length === 0) return 'gone'
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])) as Record<Name, string>
  })
}
