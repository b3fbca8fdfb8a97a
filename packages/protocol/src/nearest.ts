/** Longer names are not compared. */
const LONGEST = 100

/**
 * The name that is most like the one that was asked for, where one is like it at all.
 *
 * @param names - As settings have them, where a name may be missing or be a number: what is no text is left out.
 */
export function nearestOf(asked: string, names: Iterable<unknown>): string | undefined {
  if (asked.length > LONGEST) return undefined
  // A third of the letters, and at least two, may be others.
  let least = Math.max(2, Math.floor(asked.length / 3)) + 1
  let nearest: string | undefined
  for (const name of names) {
    if (typeof name !== 'string') continue
    if (name.length > LONGEST || Math.abs(name.length - asked.length) >= least) continue
    const distance = distanceBetween(asked.toLowerCase(), name.toLowerCase())
    if (distance < least) [least, nearest] = [distance, name]
  }
  return nearest
}

/** How many letters have to be changed, put in or left out (Levenshtein). */
function distanceBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let index = 0; index < a.length; index += 1) {
    const next = [index + 1]
    for (let other = 0; other < b.length; other += 1) {
      const [left = 0, above = 0, diagonal = 0] = [next[other], row[other + 1], row[other]]
      next.push(Math.min(left + 1, above + 1, diagonal + (a[index] === b[other] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length] ?? 0
}
