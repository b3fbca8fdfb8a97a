import type { Accepted, Candidate, JudgingLimits } from '../../packages/hub/dist/product/product.js'
import { check } from '../../packages/hub/dist/flow/check.js'
import { defaultProduct } from '../../packages/hub/dist/product/products.js'

/** Whose a settings-file has to be, and what is published. */
export interface Expected extends Partial<NonNullable<Candidate['owner']>> {
  readonly environment: string
  readonly previous?: Candidate['previous']
}

/** Checks settings-files as a hub does, and rejects with its reason. */
export interface Checker {
  start(): void
  check(body: Uint8Array | string, expected: Expected): Promise<Accepted>
  close(): Promise<void>
}

export function openChecker(limits: JudgingLimits = {}): Checker {
  const judging = defaultProduct.open(limits)
  return {
    start: judging.start,
    check: (body, { environment, previous, ...owner }) =>
      check(judging, environment, { body, owner, previous }),
    close: judging.close,
  }
}
