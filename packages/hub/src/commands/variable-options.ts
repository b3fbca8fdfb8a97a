import { InvalidArgumentError } from 'commander'
import type { CustomVariables, UserContext } from '../product/users.ts'
import { parseObject } from '../untrusted/json.ts'

/** The value of an option with variables as an app passes them: `--vars '{"plan":"gold"}'`. */
export function variables(text: string): CustomVariables {
  const given = parseObject(text)
  if (given !== undefined) return given as CustomVariables
  throw new InvalidArgumentError('expected an object of JSON, such as {"plan":"gold"}.')
}

export const contextHelp = 'of FME, what else the app passes: ipAddress, userAgent, _vwo'

const known: ReadonlySet<string> = new Set(['ipAddress', 'userAgent', '_vwo'])

/** The value of an option with what else an app of FME passes: `--context '{"ipAddress":"10.0.0.1"}'`. */
export function userContext(text: string): UserContext {
  const given = parseObject(text)
  if (given !== undefined && Object.keys(given).every((name) => known.has(name))) return given
  throw new InvalidArgumentError('expected an object of JSON with ipAddress, userAgent or _vwo.')
}
