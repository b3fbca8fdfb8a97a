import { placeOf } from './issue.ts'

/** Deeper nesting overflows the stack of whoever walks it; VWO's own files have some ten levels. */
const MAX_DEPTH = 200

interface Visit {
  readonly value: unknown
  readonly name: string | number
  readonly depth: number
  readonly parent: Visit | undefined
}

/**
 * Looks through parsed JSON for what no schema describes and every reader would trip over: nesting too deep,
 * numbers too large to be finite (`1e999`), and names that set an object's prototype where they are copied.
 * Walks without recursion, so that it cannot trip itself.
 *
 * @returns The first such place and why, or undefined.
 */
export function findHostility(root: unknown): string | undefined {
  const pending: Visit[] = [{ value: root, name: '', depth: 0, parent: undefined }]
  for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
    const { value, name, depth } = visit
    if (typeof value === 'number' && !Number.isFinite(value)) {
      return `${placeOf(pathOf(visit))}: expected a finite number, got one that is too large`
    }
    if (name === '__proto__')
      return `${placeOf(pathOf(visit))}: expected another name, got one that is dangerous`
    if (typeof value !== 'object' || value === null) continue
    if (depth === MAX_DEPTH) return `expected nesting of at most ${MAX_DEPTH} levels, got more`
    const isList = Array.isArray(value)
    for (const [key, inner] of Object.entries(value)) {
      pending.push({ value: inner, name: isList ? Number(key) : key, depth: depth + 1, parent: visit })
    }
  }
  return undefined
}

function pathOf(visit: Visit): (string | number)[] {
  const path: (string | number)[] = []
  for (let step = visit; step.parent !== undefined; step = step.parent) path.unshift(step.name)
  return path
}
