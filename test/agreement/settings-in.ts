import { readLiteral } from './literals.ts'

/** A settings-file that stands in another file. */
export interface FoundSettings {
  /** In lines, from 1 on. */
  readonly line: number
  /** As JSON. */
  readonly text: string
}

/** Finds the settings-files in a text of any language: as literals, and as JSON in strings. */
export function settingsIn(text: string): FoundSettings[] {
  const found = new Map<string, FoundSettings>()

  /** Also what is kept by name in an object of others. */
  function take(value: unknown, line: number): void {
    if (typeof value !== 'object' || value === null) return
    if (isSettings(value)) {
      const json = JSON.stringify(value)
      if (!found.has(json)) found.set(json, { line, text: json })
      return
    }
    for (const inner of Object.values(value)) take(inner, line)
  }

  let line = 1
  let counted = 0
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character !== '{' && character !== '[' && character !== '"' && character !== "'") continue
    const literal = readLiteral(text, at)
    if (literal === undefined) continue
    line += text.slice(counted, at).split('\n').length - 1
    counted = at
    if (typeof literal.value !== 'string') take(literal.value, line)
    else if (literal.value.includes('campaigns')) take(parsed(literal.value), line)
    at = literal.end - 1
  }
  return [...found.values()]
}

/** What VWO's SDKs take for one at first sight. */
function isSettings(value: object): boolean {
  return 'campaigns' in value && 'accountId' in value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
