import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { outputSchemaOf } from '../../packages/hub/dist/commands/output-schemas.js'

const ajv = new Ajv2020({ strict: false, allErrors: true })
formats.default(ajv)

/** Every field has to be described. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const copy = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, closed(inner)]))
  const isObject = copy['type'] === 'object' && copy['properties'] !== undefined
  return isObject ? { additionalProperties: false, ...copy } : copy
}

/** What of a line of JSON is not as `vwo-hub schema` says of the command, or has no place there. */
export function outputFaults(command: string, line: string): string[] {
  const check = ajv.compile(closed(outputSchemaOf(command)) as object)
  if (check(JSON.parse(line))) return []
  return (check.errors ?? []).map(
    ({ instancePath, message, params }) => `${command} ${instancePath} ${message} ${JSON.stringify(params)}`,
  )
}
