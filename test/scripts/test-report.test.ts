import { describe, expect, it } from 'vitest'
import { countTests, slowestFiles } from '../../scripts/test-report.mjs'

describe('the count of passed and failed', () => {
  const file = (...statuses: string[]) => ({
    status: 'any',
    assertionResults: statuses.map((status) => ({ status })),
  })

  it('counts tests, and everything that did not pass as failed', () => {
    const report = { testResults: [file('passed', 'passed', 'failed'), file('pending')] }
    expect(countTests(report, 1)).toEqual({ passed: 2, failed: 2 })
  })

  it('is a failure when a file has no tests, no test ran, or the run failed as a whole', () => {
    expect(countTests({ testResults: [file('passed'), file()] }, 0)).toEqual({ passed: 1, failed: 1 })
    expect(countTests({ testResults: [] }, 0)).toEqual({ passed: 0, failed: 1 })
    expect(countTests(undefined, 'SIGKILL')).toEqual({ passed: 0, failed: 1 })
    expect(countTests({ testResults: [file('passed')] }, 1)).toEqual({ passed: 1, failed: 1 })
  })
})

it('the slowest files are named, the slowest first, by their path in the folder of tests', () => {
  const file = (name: string, ms: number) => ({
    name: `/work/test/${name}`,
    startTime: 1000,
    endTime: 1000 + ms,
  })
  const testResults = [file('a.test.ts', 10), file('hub/b.test.ts', 2345), file('c.test.ts', 300)]
  expect(slowestFiles({ testResults }, '/work/test', 2)).toEqual(['hub/b.test.ts 2.3 s', 'c.test.ts 0.3 s'])
  expect(slowestFiles({ testResults: [] }, '/work/test', 2)).toEqual([])
})
