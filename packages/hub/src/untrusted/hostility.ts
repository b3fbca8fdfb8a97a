import { placeOf } from './issue.ts'

/**
 * Looks through parsed JSON for what no schema describes and every reader would trip over: numbers too large to be
 * finite (`1e999`), and names that set an object's prototype where they are copied. How deep it is nested has been
 * looked at before.
 *
 * @returns The first such place and why, or undefined.
 */
export function findHostility(root: unknown): string | undefined {
  const found = look(root)
  return found && `${placeOf(found.path)}: ${found.why}`
}

interface Found {
  /** Built on the way back, where there is something to tell. */
  readonly path: (string | number)[]
  readonly why: string
}

function look(value: unknown): Found | undefined {
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return undefined
    return { path: [], why: 'expected a finite number, got one that is too large' }
  }
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const found = look(value[index])
      if (found !== undefined) return within(found, index)
    }
    return undefined
  }
  for (const name of Object.keys(value)) {
    if (name === '__proto__') return { path: [name], why: 'expected another name, got one that is dangerous' }
    const found = look((value as Record<string, unknown>)[name])
    if (found !== undefined) return within(found, name)
  }
  return undefined
}

function within(found: Found, step: string | number): Found {
  found.path.unshift(step)
  return found
}
