import type { ApiDescription } from '../../packages/hub/dist/http/description/describe.js'
import { closed, createAjv, faultsBy } from './closed-schema.ts'

/** Holds answers against an OpenAPI description. */
export interface AnswerCheck {
  /** @returns What is not as described; empty when all is. */
  faultsOf(operation: string, status: number, contentType: string | null, body: string): string[]
  /** The same for one of the schemas that it names. */
  faultsOfSchema(name: string, value: unknown): string[]
}

/** @param description - Every field of an answer has to be described, though readers are told to expect others. */
export function createAnswerCheck(description: ApiDescription): AnswerCheck {
  const ajv = createAjv()
  ajv.addSchema({ ...(closed(description) as object), $id: 'api' })
  const faultsAt = (place: readonly (string | number)[], value: unknown): string[] => {
    const pointer = place.map((step) => pointerStep(String(step))).join('/')
    const check = ajv.getSchema(`api#/${pointer}`)
    if (check === undefined) throw new Error(`There is no schema at ${pointer}.`)
    return faultsBy(check, value)
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

function pointerStep(step: string): string {
  return encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))
}
