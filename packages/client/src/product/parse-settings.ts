import { ClientError, messageOf } from '../errors.ts'

/** @throws {@link ClientError} `settings-refused` where the text is no JSON object. */
export function parseSettings(text: string): object {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    throw new ClientError('settings-refused', `they are no JSON: ${messageOf(error)}`, { cause: error })
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed
  throw new ClientError(
    'settings-refused',
    `expected an object, got ${parsed === null ? 'null' : typeof parsed}`,
  )
}

/** @returns What is wrong, and where. */
export function refusalOf(fault: {
  readonly path: readonly (string | number)[]
  readonly expected: string
}): ClientError {
  const place = fault.path.reduce<string>(
    (path, part) => (typeof part === 'number' ? `${path}[${part}]` : `${path}${path && '.'}${part}`),
    '',
  )
  return new ClientError('settings-refused', `${place || 'the root'}: expected ${fault.expected}`)
}
