import { backtracks } from './backtracking.ts'

/** Expressions that are remembered as harmless. */
const REMEMBERED = 10_000

/** How it reads where a settings-file is refused for one. */
export const BACKTRACKS =
  'expected regular expressions that come to an end, got one in segments that backtracks without end'

/** @returns Whether an expression may backtrack without end; what was found harmless is not looked at again. */
export function createHarmCheck(): (expression: string) => boolean {
  const harmless = new Set<string>()
  return (expression) => {
    if (harmless.has(expression)) return false
    if (backtracks(expression)) return true
    if (harmless.size >= REMEMBERED) harmless.clear()
    harmless.add(expression)
    return false
  }
}
