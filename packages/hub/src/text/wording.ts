/**
 * How times and sizes read on a terminal.
 *
 * @module
 */

const units: readonly (readonly [name: string, seconds: number])[] = [
  ['day', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
]

/** `42 s ago`, `3 min ago`, `1 h 55 min ago`, `2 days ago`; a moment that is not over yet is `now`. */
export function ago(time: string, now: string): string {
  const seconds = Math.floor((Date.parse(now) - Date.parse(time)) / 1000)
  if (Number.isNaN(seconds)) return 'at an unknown time'
  return seconds <= 0 ? 'now' : `${roughly(seconds)} ago`
}

/** `in 5 s`, or `now` when it is over. */
export function until(time: string, now: string): string {
  const seconds = Math.ceil((Date.parse(time) - Date.parse(now)) / 1000)
  return seconds > 0 ? `in ${roughly(seconds)}` : 'now'
}

/** The two largest units: `42 s`, `1 min 30 s`, `1 h 59 min`, `2 days`. */
export function duration(seconds: number): string {
  const largest = units.findIndex(([, length]) => seconds >= length)
  let rest = seconds
  const words = units.slice(largest, largest + 2).flatMap(([name, length]) => {
    const count = Math.floor(rest / length)
    rest -= count * length
    return count === 0 ? [] : [`${count} ${name}${name === 'day' && count > 1 ? 's' : ''}`]
  })
  return words.join(' ')
}

/** Below an hour seconds beside minutes say nothing; above it an hour more or less does matter. */
function roughly(seconds: number): string {
  return duration(seconds < 3_600 && seconds >= 60 ? seconds - (seconds % 60) : seconds)
}

/** `2025-11-23 14:05:12 +01:00` in the zone of this process, which is also the one that revisions are named in. */
export function localTime(time: string): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return '-'
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  const offset = -date.getTimezoneOffset()
  const zone = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map(two).join(':')
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  return `${day} ${clock} ${offset < 0 ? '-' : '+'}${zone}`
}

/** The same for each time of a text that is in UTC, as records and messages have them. */
export function inLocalTime(text: string): string {
  return text.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, localTime)
}

/** What a pin means, and how it ends. */
export function pinned(pinnedUntil: string, environment: string): string {
  return `PINNED until ${localTime(pinnedUntil)}: nothing that VWO sends is published before. To end it: vwo-hub unpin ${environment}`
}

/** `312 B`, `10.2 kB`, `1.4 MB` */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

/** `0.004 s`, `0.41 s`, `12.4 s` */
export function inSeconds(milliseconds: number): string {
  const digits = milliseconds < 100 ? 3 : milliseconds < 10_000 ? 2 : 1
  return `${(milliseconds / 1000).toFixed(digits)} s`
}
