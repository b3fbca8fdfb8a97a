import type { ValidateFunction } from 'ajv/dist/2020.js'
import { outputSchemaOf } from '../../packages/hub/dist/commands/output-schemas.js'
import { closed, createAjv, faultsBy } from './closed-schema.ts'

const ajv = createAjv()
const checks = new Map<string, ValidateFunction>()

/** What of a line of JSON is not as `vwo-hub schema` says of the command, or has no place there. */
export function outputFaults(command: string, line: string): string[] {
  const check = checks.get(command) ?? ajv.compile(closed(outputSchemaOf(command)) as object)
  // To compile it takes longer than to check thousands of lines.
  checks.set(command, check)
  return faultsBy(check, JSON.parse(line)).map((fault) => `${command} ${fault}`)
}
