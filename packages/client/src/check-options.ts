import { ClientError } from './errors.ts'

/** @throws {@link ClientError} `option-invalid` that lists every fault. */
export function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new ClientError('option-invalid', `${faults.join('\n')}\nNothing was started.`)
}

export function unknownNames(options: object, known: object): string[] {
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(known, name))
  return unknown.map((name) => `${name}: expected one of ${Object.keys(known).join(', ')}.`)
}
