/**
 * How what browsers use is described.
 *
 * @module
 */
import { type Answer, as, environment, error, type Operation } from '../description/operation.ts'

export const htmlAnswer = (description: string): Answer => as('text/html', description)
export const notFound = { 404: htmlAnswer('There is no such environment or revision.') }
export const toLogin = { 303: { description: 'To the login, where there is a token and no session.' } }
/** The pages' own refusal, and that of the listener, which comes before it. */
export const notYours: Answer = {
  description: 'Another site, or a form that was not made for this session.',
  content: { ...htmlAnswer('').content, ...error('').content },
}
export const redisAway = { 503: htmlAnswer('Redis does not answer.') }
export const tooLarge = { 413: htmlAnswer('The form is too large.') }

export function page(operationId: string, summary: string, extra: Partial<Operation> = {}): Operation {
  const { responses, ...rest } = extra
  return {
    operationId,
    summary,
    tags: ['page'],
    ...rest,
    responses: { 200: htmlAnswer('The page.'), ...responses },
  }
}

export function form(
  operationId: string,
  summary: string,
  fields: readonly string[],
  type: 'application/x-www-form-urlencoded' | 'multipart/form-data' = 'application/x-www-form-urlencoded',
): Operation {
  const properties = Object.fromEntries(fields.map((name) => [name, { type: 'string' }]))
  return {
    operationId,
    summary,
    description:
      'For the forms of the pages: it takes the session’s cookie and its `csrf`. Programs use `/v1/…`.',
    tags: ['page'],
    parameters: [environment],
    requestBody: {
      required: true,
      content: { [type]: { schema: { type: 'object', properties } } },
    },
    responses: {
      200: htmlAnswer('Not done yet: the form again, with what it would change.'),
      303: { description: 'Done: back to the environment. Or to the login.' },
      400: htmlAnswer('The form is not as it has to be.'),
      ...tooLarge,
      403: notYours,
      409: htmlAnswer('Not possible as things are.'),
      ...notFound,
      ...redisAway,
    },
  }
}
