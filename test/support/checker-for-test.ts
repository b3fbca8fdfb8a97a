import { onTestFinished } from 'vitest'
import type { JudgingLimits } from '../../packages/hub/dist/product/product.js'
import { openChecker } from './checker.ts'

/** Checks within other limits, or by another SDK, for the test that calls this: it is closed when that has finished. */
export function checkerForTest(limits: Omit<JudgingLimits, 'maxBytes'> = {}) {
  const checker = openChecker({ maxBytes: 10_000_000, ...limits })
  onTestFinished(checker.close)
  const check = (settings: object) => checker.check(JSON.stringify(settings), { environment: 'prod' })
  return { ...checker, check }
}
