import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startRedisServer } from '@vwo-hub/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sampleSettingsFile } from '../../packages/hub/dist/product/fullstack/sample.js'
import { createPublisher } from '../support/publisher.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

/** The first program of the README, as it stands there. */
async function exampleOfReadme(): Promise<string> {
  const readme = await readFile(join(root, 'packages/client/README.md'), 'utf8')
  const example = /^```ts\n(.*?)^```$/ms.exec(readme)?.[1]
  if (example === undefined) throw new Error('expected a block of TypeScript in the README')
  return example
}

describe('the packed client, in an empty project', () => {
  let project: string
  let redis: Awaited<ReturnType<typeof startRedisServer>>

  beforeAll(async () => {
    ;[project, redis] = await Promise.all([mkdtemp(join(tmpdir(), 'vwo-hub-test-')), startRedisServer()])
    const publisher = await createPublisher(redis.url, 'prod')
    await publisher.publish(sampleSettingsFile)
    publisher.close()
    const tarballs = await Promise.all(['protocol', 'client'].map(pack))
    await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }')
    await npm('install', ...tarballs, 'vwo-node-sdk@~1.73.0', '@types/node@20')
    await writeFile(join(project, 'example.js'), await exampleOfReadme())
    await writeFile(join(project, 'example-typed.ts'), await exampleOfReadme())
  }, 60_000)

  afterAll(async () => {
    await redis.close()
    await rm(project, { recursive: true, force: true })
  })

  /** @returns The tarball, as `npm install` takes it. */
  async function pack(name: string): Promise<string> {
    const packed = await npm('pack', '--json', '--pack-destination', project, join(root, 'packages', name))
    // A list, and since npm 12 an object by name.
    const [{ filename }] = Object.values(JSON.parse(packed) as object) as [{ filename: string }]
    return `./${filename}`
  }

  async function npm(...args: string[]): Promise<string> {
    const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
    return (await run('npm', [...args, ...quietly], { cwd: project })).stdout
  }

  async function outputOf(program: string): Promise<string> {
    const { stdout, stderr } = await run(process.execPath, [program], {
      cwd: project,
      env: { ...process.env, REDIS_URL: redis.url, NODE_ENV: 'test' },
    })
    return stdout + stderr
  }

  const expected = /^ready {[^}]*}\ndecides with revision \d+ from redis {[^}]*}\nGreen\nclosed {[^}]*}\n$/

  it('runs the example of its README from JavaScript, and prints nothing else', async () => {
    expect(await outputOf('example.js')).toMatch(expected)
  })

  it('runs the example of its README from TypeScript, checked as strictly as can be', async () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const strict = [
      '--strict',
      '--exactOptionalPropertyTypes',
      '--noUncheckedIndexedAccess',
      '--isolatedModules',
    ]
    const modules = ['--module', 'nodenext', '--target', 'es2023', '--types', 'node']
    await run(process.execPath, [tsc, ...strict, ...modules, '--outDir', 'built', 'example-typed.ts'], {
      cwd: project,
    })
    expect(await outputOf('built/example-typed.js')).toMatch(expected)
  })
})
