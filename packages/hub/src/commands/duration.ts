import { InvalidArgumentError } from 'commander'
import { PIN_LIMITS_MS } from '../operate/pin-limits.ts'

const unitsMs: Readonly<Record<string, number>> = {
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** How a duration may be written, for `--help`. */
export const durations = '30s, 15m, 2h, 1d'

/** Reads how long to pin: `90s`, `15m`, `2h`, `1d`. @returns Milliseconds. */
export function pinDuration(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?) ?(s|min|m|h|d)$/.exec(text.trim()) ?? []
  const milliseconds = Math.round(Number(count) * (unitsMs[unit] ?? Number.NaN))
  if (milliseconds >= PIN_LIMITS_MS.least && milliseconds <= PIN_LIMITS_MS.most) return milliseconds
  throw new InvalidArgumentError('expected a duration from 1s to 30d, such as 30s, 15m, 2h or 1d.')
}
