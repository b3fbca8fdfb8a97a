/** A text as JSON, or where it stops being JSON. */
export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly place: string }

/**
 * Parses JSON. The parser's own message is dropped for the place that it names: it repeats pieces of the text,
 * and those may be secrets.
 */
export function parseJson(text: string): ParsedJson {
  try {
    return { ok: true, value: JSON.parse(text) as unknown }
  } catch (error) {
    return { ok: false, place: placeIn(text, error instanceof Error ? error.message : '') }
  }
}

/** A text as an object of JSON; undefined for everything else. */
export function parseObject(text: string): object | undefined {
  const json = parseJson(text)
  const isObject =
    json.ok && typeof json.value === 'object' && json.value !== null && !Array.isArray(json.value)
  return isObject ? json.value : undefined
}

function placeIn(text: string, message: string): string {
  const position = positionIn(text, message)
  if (position === undefined) return `at ${/^Unexpected token ('.')/su.exec(message)?.[1] ?? 'its end'}`
  const before = text.slice(0, position)
  const line = before.split('\n').length
  return `at line ${line}, column ${before.length - before.lastIndexOf('\n')}`
}

/** V8 gives either the position, or an unexpected token with the ten characters before it and after it. */
function positionIn(text: string, message: string): number | undefined {
  const position = /at position (\d+)/.exec(message)?.[1]
  if (position !== undefined) return Number(position)
  const surroundings = /, \.\.\."(.*)"(?:\.\.\.)? is not valid JSON$/s.exec(message)?.[1]
  if (surroundings === undefined) return undefined
  const start = text.indexOf(surroundings)
  const isOnly = start !== -1 && !text.includes(surroundings, start + 1)
  return isOnly ? start + 10 : undefined
}
