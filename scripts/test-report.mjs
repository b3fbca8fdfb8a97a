import { relative } from 'node:path'

/**
 * Counts what vitest did. Whatever keeps a test from running, or makes the run as a whole fail, is a failure.
 *
 * @param {{ testResults: { status: string, assertionResults: { status: string }[] }[] } | undefined} report
 *   of vitest's json reporter, undefined when it wrote none
 * @param {number | string} code that vitest ended with
 * @returns {{ passed: number, failed: number }}
 */
export function countTests(report, code) {
  let passed = 0
  let failed = 0
  for (const file of report?.testResults ?? []) {
    for (const { status } of file.assertionResults) {
      if (status === 'passed') passed += 1
      else failed += 1
    }
    // A file that cannot be loaded has no tests, and one without tests proves nothing.
    if (file.assertionResults.length === 0) failed += 1
  }
  const isUnexplained = failed === 0 && (code !== 0 || passed === 0)
  return { passed, failed: isUnexplained ? 1 : failed }
}

/**
 * The test files that took longest.
 *
 * @param {{ testResults: { name: string, startTime: number, endTime: number }[] }} report of vitest's json reporter
 * @param {string} folder that the files are in; its path is left out
 * @param {number} count of files
 * @returns {string[]} the slowest first: `hub/fetch.test.ts 1.5 s`
 */
export function slowestFiles(report, folder, count) {
  return report.testResults
    .map(({ name, startTime, endTime }) => ({ name: relative(folder, name), ms: endTime - startTime }))
    .sort((a, b) => b.ms - a.ms)
    .slice(0, count)
    .map(({ name, ms }) => `${name} ${(ms / 1_000).toFixed(1)} s`)
}
