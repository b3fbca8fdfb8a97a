import { InvalidArgumentError } from 'commander'
import type { CustomVariables } from '../product/users.ts'
import { parseJson } from '../untrusted/json.ts'

/** The value of an option with variables as an app passes them: `--vars '{"plan":"gold"}'`. */
export function variables(text: string): CustomVariables {
  const json = parseJson(text)
  if (json.ok && typeof json.value === 'object' && json.value !== null && !Array.isArray(json.value)) {
    return json.value as CustomVariables
  }
  throw new InvalidArgumentError('expected an object of JSON, such as {"plan":"gold"}.')
}
