/**
 * How times and sizes read on a terminal.
 *
 * @module
 */

const units: readonly (readonly [name: string, seconds: number])[] = [
  ['day', 86_400],
  ['h', 3_600],
  ['min', 60],
]

/** `42 s ago`, `3 min ago`, `2 days ago`; a moment that is not over yet is `now`. */
export function ago(time: string, now: string): string {
  const seconds = Math.floor((Date.parse(now) - Date.parse(time)) / 1000)
  if (Number.isNaN(seconds)) return 'at an unknown time'
  return seconds <= 0 ? 'now' : `${duration(seconds)} ago`
}

/** `in 5 s`, or `now` when it is over. */
export function until(time: string, now: string): string {
  const seconds = Math.ceil((Date.parse(time) - Date.parse(now)) / 1000)
  return seconds > 0 ? `in ${duration(seconds)}` : 'now'
}

/** The largest unit alone: `42 s`, `3 min`, `2 days`. */
export function duration(seconds: number): string {
  for (const [name, length] of units) {
    if (seconds < length) continue
    const count = Math.floor(seconds / length)
    return `${count} ${name}${name === 'day' && count > 1 ? 's' : ''}`
  }
  return `${seconds} s`
}

/** `2025-11-23 14:05:12` in the zone of this process, which is also the one that revisions are named in. */
export function localTime(time: string): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return '-'
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`
}

/** `312 B`, `10.2 kB`, `1.4 MB` */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
