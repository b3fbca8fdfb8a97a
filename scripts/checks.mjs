/**
 * Everything that has to hold before a change is good: one line for each check, what it printed if it failed, the test
 * files that took longest, and a closing line `N passed, N failed` that counts the tests and the static checks.
 *
 *     pnpm run ws:test [filter of test files]
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findOnPath } from './install.mjs'
import { capture } from './run.mjs'
import { countTests, slowestFiles } from './test-report.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const filters = process.argv.slice(2)

/** What is captured is shown only on failure, to people and in files alike. */
const { FORCE_COLOR: _unset, ...environment } = process.env
const options = { cwd: root, env: { ...environment, NO_COLOR: '1' } }

/**
 * Of what is built and packed: name of the check, its program (`node`, or one of `node_modules/.bin`), its arguments.
 *
 * @type {readonly (readonly [string, string, ...string[]])[]}
 */
const staticChecks = [
  ['lint', 'oxlint', '--type-aware', '--deny-warnings'],
  ['format', 'oxfmt', '--check', '.'],
  ['unused code', 'knip', '--no-progress'],
  ['API reference', 'node', 'scripts/reference.mjs', '--check'],
  ...['protocol', 'sandbox', 'client', 'hub'].flatMap((name) => [
    /** @type {const} */ ([`package ${name}, publint`, 'publint', '--strict', `packed/${name}.tgz`]),
    /** @type {const} */ ([
      `package ${name}, types`,
      'attw',
      // The client is for apps of any kind; the others are ES modules alone.
      ...['--profile', name === 'client' ? 'strict' : 'esm-only', '--no-emoji', `packed/${name}.tgz`],
    ]),
  ]),
]

let passed = 0
let failed = 0

/**
 * @param {string} name
 * @param {boolean} isGood
 * @param {number} startedAt
 * @param {string} detail shown when it is not good
 */
function report(name, isGood, startedAt, detail) {
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1)
  console.log(`${isGood ? '✔' : '✘'} ${name} (${seconds} s)`)
  if (!isGood) console.log(detail.trim().replaceAll(/^/gm, '    '))
}

/**
 * @param {readonly [string, string, ...string[]]} check
 */
async function checkStatically([name, program, ...args]) {
  const startedAt = Date.now()
  const path = program === 'node' ? process.execPath : join(root, 'node_modules/.bin', program)
  const { code, output } = await capture(path, args, options)
  report(name, code === 0, startedAt, `${program} ended with ${code}\n${output}`)
  if (code === 0) passed += 1
  else failed += 1
}

/** @param {Iterable<Parameters<typeof checkStatically>[0]>} checks shared with whoever takes from them meanwhile */
async function checkInTurn(checks) {
  for (const check of checks) await checkStatically(check)
}

async function runTests() {
  const startedAt = Date.now()
  const folder = mkdtempSync(join(tmpdir(), 'vwo-hub-checks-'))
  const file = join(folder, 'report.json')
  try {
    const { code, output } = await capture(
      join(root, 'test/node_modules/.bin/vitest'),
      ['run', '--root', 'test', '--reporter=default', '--reporter=json', `--outputFile=${file}`, ...filters],
      options,
    )
    const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
    const tests = countTests(results, code)
    passed += tests.passed
    failed += tests.failed
    report(`tests, ${tests.passed} of ${tests.passed + tests.failed}`, tests.failed === 0, startedAt, output)
    if (results) console.log(`  slowest: ${slowestFiles(results, join(root, 'test'), 5).join(', ')}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

await checkStatically(['build', 'tsc', '-b'])
await checkStatically(['packages', 'node', 'scripts/bootstrap.mjs', 'pack'])
// Most of them keep one processor busy, and the tests all there are.
const waiting = staticChecks.values()
await Promise.all([checkInTurn(waiting), checkInTurn(waiting)])
await runTests()
if (!['valkey-server', 'valkey-check-rdb'].some(findOnPath)) {
  console.log('  not run: the contract of an environment with Valkey, which is not on PATH')
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
