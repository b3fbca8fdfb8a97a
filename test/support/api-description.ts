import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { ApiDescription } from '../../packages/hub/dist/http/description/describe.js'

/** Holds answers against an OpenAPI description. */
export interface AnswerCheck {
  /** @returns What is not as described; empty when all is. */
  faultsOf(operation: string, status: number, contentType: string | null, body: string): string[]
  /** The same for one of the schemas that it names. */
  faultsOfSchema(name: string, value: unknown): string[]
}

/** @param description - Every field of an answer has to be described, though readers are told to expect others. */
export function createAnswerCheck(description: ApiDescription): AnswerCheck {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  formats.default(ajv)
  ajv.addSchema({ ...(closed(description) as object), $id: 'api' })
  const faultsAt = (place: readonly (string | number)[], value: unknown): string[] => {
    const check = ajv.compile({ $ref: `api#/${place.map((step) => pointerStep(String(step))).join('/')}` })
    if (check(value)) return []
    return (check.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    )
  }
  return {
    faultsOfSchema: (name, value) => faultsAt(['components', 'schemas', name], value),
    faultsOf(operation, status, contentType, body) {
      const [method = '', path = ''] = operation.split(' ')
      const answers = description.paths[path]?.[method.toLowerCase() as 'get' | 'post']?.responses
      const answer = answers?.[String(status)]
      if (answer === undefined) return [`${operation} does not describe ${status}: ${body.slice(0, 200)}`]
      const type = contentType?.split(';')[0] ?? ''
      const types = Object.keys(answer.content ?? {})
      if (types.length === 0) return body === '' ? [] : [`${operation} ${status} describes no body`]
      if (!types.includes(type)) return [`${operation} ${status}: expected ${types.join()}, got ${type}`]
      const value: unknown = type === 'application/json' ? JSON.parse(body) : body
      const place = ['paths', path, method.toLowerCase(), 'responses', status, 'content', type, 'schema']
      return faultsAt(place, value).map((fault) => `${operation} ${status} ${fault}`)
    },
  }
}

/** The same schemas with every object closed. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const copy = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, closed(inner)]))
  return copy['type'] === 'object' && copy['properties'] !== undefined
    ? { additionalProperties: false, ...copy }
    : copy
}

function pointerStep(step: string): string {
  return encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))
}
