/**
 * How one operation is described.
 *
 * @module
 */
import { type Schema, schema } from './schemas.ts'

export interface Answer {
  readonly description: string
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
  readonly headers?: Readonly<Record<string, object>>
}

export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly parameters?: readonly object[]
  readonly requestBody?: object
  readonly security?: readonly object[]
  readonly responses: Readonly<Record<string, Answer>>
}

export type Method = 'get' | 'post'
export type Paths = Readonly<Record<string, Readonly<Partial<Record<Method, Operation>>>>>

export function json(description: string, body: Schema): Answer {
  return { description, content: { 'application/json': { schema: body } } }
}

export function as(type: string, description: string): Answer {
  return { description, content: { [type]: { schema: { type: 'string' } } } }
}

export function error(description: string): Answer {
  return json(description, schema('Error'))
}

export function header(description: string): object {
  return { description, schema: { type: 'string' } }
}

export function inPath(name: string, description?: string): object {
  return { name, in: 'path', required: true, description, schema: { type: 'string' } }
}

/** @param more - What is said besides: that it has to be there, what it may be. Default: it may be any text. */
export function inQuery(name: string, description?: string, more: object = {}): object {
  return { name, in: 'query', description, schema: { type: 'string' }, ...more }
}

export const environment = inPath('environment', 'Its name.')

/** Whoever comes without the token, or as a page of another site. */
export const refusals = {
  401: error('The token is missing or wrong.'),
  403: error('Another site, or another name of the host than is answered without a token.'),
  429: error('Too many wrong tokens from this address: nothing was looked at.'),
}
export const unknown = { 404: error('There is no such environment or revision.') }
export const redisAway = { 503: error('Redis does not answer.') }

/** Needs no token. */
export const open: Pick<Operation, 'security'> = { security: [] }

/** What changes something. It needs the token itself: a browser sends its cookie also where another page asks. */
export function acting(
  operationId: string,
  summary: string,
  { parameters = [], responses, requestBody }: Pick<Operation, 'parameters' | 'requestBody' | 'responses'>,
): Operation {
  return {
    operationId,
    summary,
    tags: ['act'],
    security: [{ token: [] }],
    parameters: [environment, ...parameters],
    ...(requestBody && { requestBody }),
    responses: { ...responses, ...refusals, ...unknown, ...redisAway },
  }
}
