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
 * A segment: an operator with its operand. What the SDK does not know it takes for "no"; what it knows, and what is not as it
 * expects, throws where nobody catches it. Of several operators it goes by the first, and looks at the others within a list.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/packages/segmentation-evaluator/evaluators/SegmentEvaluator.ts` `some`, `every`
 */
const segment: Look = (given) => eachOf('an object with an operator', given, operandFault)

function eachOf(
  expected: string,
  given: unknown,
  find: (name: string, value: unknown) => Found | undefined,
): Found | undefined {
  if (!isRecord(given) || isEmptyObject(given)) return fault(expected, given)
  for (const [name, value] of Object.entries(given)) {
    const found = find(name, value)
    if (found !== undefined) return within(found, name)
  }
  return undefined
}

function operandFault(operator: string, operand: unknown): Found | undefined {
  if (operator === 'not') return segment(operand)
  if (operator === 'and' || operator === 'or')
    return Array.isArray(operand) ? segments(operand) : fault('an array', operand)
  if (operator === 'custom_variable') return variable(operand)
  if (operator === 'featureId') return record(operand)
  if (ofText.has(operator)) return text(operand)
  return placeOrDevice.has(operator) ? texts(operand) : undefined
}

const segments = list(segment)

/** The SDK looks at the first alone. */
const variable: Look = (given) => eachOf('an object with a variable', given, (_name, value) => text(value))

/** A segment, or none: everybody fits it then. */
export const segmentOrNone = (given: unknown): Found | undefined =>
  isEmptyObject(given) || isEmptyArray(given) ? undefined : segment(given)
