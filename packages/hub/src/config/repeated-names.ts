import { placeOf } from '../untrusted/issue.ts'

interface Open {
  readonly names: Set<string>
  readonly path: readonly string[]
  /** The one that was read last: what is opened next is under it. */
  name?: string
}

/**
 * Where a name stands twice in the same object: a parser takes the last of them, and says nothing.
 *
 * @param json - That a parser has taken.
 */
export function repeatedNames(json: string): string[] {
  const open: Open[] = []
  const found = new Set<string>()
  for (const [token, quoted] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    const inside = open.at(-1)
    if (token === '{' || token === '[') {
      const path =
        inside === undefined ? [] : [...inside.path, ...(inside.name === undefined ? [] : [inside.name])]
      open.push({ names: new Set(), path })
    } else if (token === '}' || token === ']') {
      open.pop()
    } else if (quoted !== undefined && inside !== undefined) {
      const name = JSON.parse(quoted) as string
      if (inside.names.has(name)) found.add(placeOf([...inside.path, name]))
      inside.names.add(name)
      inside.name = name
    }
  }
  return [...found]
}
