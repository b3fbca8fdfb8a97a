import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

/** Every field has to be described, though readers are told to expect others: what checks values by JSON schemas. */
export function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  formats.default(ajv)
  return ajv
}

/** The same schemas with every object closed. */
export function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const copy = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, closed(inner)]))
  const isObject = copy['type'] === 'object' && copy['properties'] !== undefined
  return isObject ? { additionalProperties: false, ...copy } : copy
}

/** What of a value is not as a schema says; empty when all is. */
export function faultsBy(check: ValidateFunction, value: unknown): string[] {
  if (check(value)) return []
  return (check.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  )
}
