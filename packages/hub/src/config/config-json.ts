import { parseJson } from '../untrusted/json.ts'
import { reasonOf, type Variables } from './variables.ts'

/** The file of `HUB_CONFIG` as JSON, and its text; undefined, and a fault, where it is none. */
export function readConfigJson(
  path: string,
  variables: Variables,
): { readonly content: string; readonly value: unknown } | undefined {
  let content: string
  try {
    // Some editors put a byte order mark at the start.
    content = variables.readFile(path).replace(/^\uFEFF/, '')
  } catch (error) {
    variables.fault(`HUB_CONFIG: cannot read the file: ${reasonOf(error)}.`)
    return undefined
  }
  const json = parseJson(content)
  if (json.ok) return { content, value: json.value }
  variables.fault(`HUB_CONFIG: expected a file of JSON, got something else ${json.place}.`)
  return undefined
}
