import {
  fault,
  type Found,
  isEmptyArray,
  isEmptyObject,
  isRecord,
  kind,
  list,
  type Look,
  record,
  text,
  within,
} from './look.ts'

/** Operators whose operand is a text; some take several. */
const ofText: ReadonlySet<string> = new Set(['user', 'ua', 'ip_address', 'browser_version', 'os_version'])
const placeOrDevice: ReadonlySet<string> = new Set([
  'country',
  'region',
  'city',
  'os',
  'browser_string',
  'device_type',
  'device',
])
const texts = kind(
  'a string, or a list of them',
  (given) =>
    typeof given === 'string' || (Array.isArray(given) && given.every((each) => typeof each === 'string')),
)

/**
 * A segment: one operator with its operand. What the SDK does not know it takes for "no"; what it knows, and what is not as
 * it expects, throws where nobody catches it.
 */
const segment: Look = (given) => {
  if (!isRecord(given)) return fault('an object with one operator', given)
  const [operator, ...more] = Object.keys(given)
  if (operator === undefined || more.length > 0) return fault('an object with one operator', given)
  const found = operandFault(operator, given[operator])
  return found && within(found, operator)
}

function operandFault(operator: string, operand: unknown): Found | undefined {
  if (operator === 'not') return segment(operand)
  if (operator === 'and' || operator === 'or')
    return Array.isArray(operand) ? segments(operand) : fault('an array', operand)
  if (operator === 'custom_variable') return variableFault(operand)
  if (operator === 'featureId') return record(operand)
  if (ofText.has(operator)) return text(operand)
  return placeOrDevice.has(operator) ? texts(operand) : undefined
}

const segments = list(segment)

function variableFault(operand: unknown): Found | undefined {
  if (!isRecord(operand)) return fault('an object with one variable', operand)
  const [variable, ...more] = Object.keys(operand)
  if (variable === undefined || more.length > 0) return fault('an object with one variable', operand)
  const found = text(operand[variable])
  return found && within(found, variable)
}

/** A segment, or none: everybody fits it then. */
export const segmentOrNone = (given: unknown): Found | undefined =>
  isEmptyObject(given) || isEmptyArray(given) ? undefined : segment(given)
