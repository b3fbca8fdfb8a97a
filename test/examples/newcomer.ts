/**
 * Does what somebody new would, and says how long it takes: a fresh clone of what is committed, the packages of it, the client in
 * an empty project by the commands of its README, the first decision; then an example of each kind of app, which follows updates.
 *
 *     npm run newcomer                  ends with 1 when something fails or takes longer than it may
 *
 * @module
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startRedisServer } from '@vwo-hub/sandbox'
import { sampleSettingsFile } from '../../packages/hub/dist/product/fullstack/sample.js'
import { createPublisher } from '../support/publisher.ts'
import { commandsOfReadme, exampleOfReadme } from './readme-of-client.ts'

/** From an empty folder to a decision, with packages that are there, in seconds. */
const FIRST_S = 60
/** A kind of app each: ES modules, CommonJS, TypeScript in four ways, Jest in two versions, Nest; and FME. */
const examples = ['express', 'express-fme', 'commonjs', 'typescript', 'jest', 'nestjs']
/** All of it. */
const ALL_S = 600

const run = promisify(execFile)
const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-newcomer-'))
const clone = join(folder, 'vwo-hub')
const project = join(folder, 'app')
const startedAt = performance.now()
try {
  await timed('git clone', () => run('git', ['clone', '--quiet', join(import.meta.dirname, '../..'), clone]))
  const [pack, install] = await commandsOfReadme(clone)
  await timed(pack, () => run('sh', ['-c', pack], { cwd: clone }))
  const firstS = await timed('an empty project, the client installed, and its first decision', async () => {
    await mkdir(project)
    await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }')
    await run('sh', ['-c', install], { cwd: project })
    await writeFile(join(project, 'app.js'), await exampleOfReadme(clone))
    await decide()
  })
  if (firstS > FIRST_S) throw new Error(`expected the first decision within ${FIRST_S} s`)
  await timed(`npm run examples -- ${examples.join(' ')}`, async () => {
    const [code] = (await once(
      spawn('npm', ['run', 'examples', '--', ...examples], { cwd: clone, stdio: 'inherit' }),
      'close',
    )) as [number | null]
    if (code !== 0) throw new Error('expected that all examples work')
  })
  const allS = (performance.now() - startedAt) / 1000
  console.log(`${allS.toFixed(0)} s in all`)
  if (allS > ALL_S) throw new Error(`expected all of it within ${ALL_S} s`)
} catch (error) {
  console.error(String(error))
  process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function decide(): Promise<void> {
  const redis = await startRedisServer()
  const publisher = await createPublisher(redis.url, 'prod')
  try {
    await publisher.publish(sampleSettingsFile)
    const { stdout } = await run(process.execPath, ['app.js'], {
      cwd: project,
      env: { PATH: process.env['PATH'], REDIS_URL: redis.url },
    })
    if (!/^Green$/m.test(stdout)) throw new Error(`expected a decision, got ${stdout}`)
  } finally {
    publisher.close()
    await redis.close()
  }
}

/** @returns How long it took, in seconds. */
async function timed(what: string, work: () => Promise<unknown>): Promise<number> {
  const since = performance.now()
  await work()
  const seconds = (performance.now() - since) / 1000
  console.log(`${seconds.toFixed(1).padStart(6)} s  ${what}`)
  return seconds
}
