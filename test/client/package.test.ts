import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startRedisServer } from '@vwo-hub/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sampleSettingsFile } from '../../packages/hub/dist/product/fullstack/sample.js'
import { follow } from '../examples/follow.ts'
import { commandsOfReadme, exampleOfReadme } from '../examples/readme-of-client.ts'
import { createPublisher } from '../support/publisher.ts'
import { isEverything } from '../support/runs.ts'

const run = promisify(execFile)
/** It comes with tsx. */
const esbuildOf = (require: NodeJS.Require) =>
  require('esbuild') as { readonly build: (options: object) => Promise<unknown> }
const root = join(import.meta.dirname, '../..')

/** Without what was installed and built in place. */
function isSource(path: string): boolean {
  return !/\/(?:node_modules|dist)$/.test(path)
}

/** For npm: nothing is asked that need not be. */
const env = {
  ...process.env,
  npm_config_prefer_offline: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_ignore_scripts: 'true',
  npm_config_loglevel: 'error',
}

describe('the packed client, in an empty project', () => {
  let project: string
  let redis: Awaited<ReturnType<typeof startRedisServer>>

  beforeAll(async () => {
    ;[project, redis] = await Promise.all([mkdtemp(join(tmpdir(), 'vwo-hub-test-')), startRedisServer()])
    const publisher = await createPublisher(redis.url, 'prod')
    await publisher.publish(sampleSettingsFile)
    publisher.close()
    await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }')
    const [pack, install] = await commandsOfReadme(root)
    await run('sh', ['-c', pack], { cwd: root })
    await run('sh', ['-c', install], { cwd: project, env })
    await mkdir(join(project, 'node_modules/@types'))
    await symlink(join(root, 'node_modules/@types/node'), join(project, 'node_modules/@types/node'))
    await writeFile(join(project, 'example.js'), await exampleOfReadme(root))
    await writeFile(join(project, 'example-typed.ts'), await exampleOfReadme(root))
  }, 180_000)

  afterAll(async () => {
    await redis.close()
    await rm(project, { recursive: true, force: true })
  })

  async function outputOf(program: string): Promise<string> {
    const { stdout, stderr } = await run(process.execPath, [program], {
      cwd: project,
      env: { ...env, REDIS_URL: redis.url, NODE_ENV: 'test' },
    })
    return stdout + stderr
  }

  const expected = /^ready {[^}]*}\ndecides with revision \d+ from redis {[^}]*}\nGreen\nclosed {[^}]*}\n$/

  it('runs the example of its README from JavaScript, and prints nothing else', async () => {
    expect(await outputOf('example.js')).toMatch(expected)
  })

  it('has an example in its README that is TypeScript, checked as strictly as can be', async () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const strict = [
      '--strict',
      '--exactOptionalPropertyTypes',
      '--noUncheckedIndexedAccess',
      '--isolatedModules',
    ]
    // As an app for Node has it: what browsers have is not there.
    const modules = ['--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023', '--types', 'node']
    await run(process.execPath, [tsc, ...strict, ...modules, '--noEmit', 'example-typed.ts'], {
      cwd: project,
    })
  })

  it('loads by require() without an ES module among it, for tests of apps without ioredis, and shares with import() what the SDK has but once', async () => {
    await writeFile(
      join(project, 'app.cjs'),
      `const loaded = (part) => Object.keys(require.cache).filter((file) => file.includes(part))
      const { createTestClient } = require('@vwo-hub/client/testing')
      const { createClientMetrics } = require('@vwo-hub/client/metrics')
      console.log(loaded('ioredis').length)
      const { createClient } = require('@vwo-hub/client')
      console.log(loaded('node_modules/@vwo-hub/').filter((file) => !file.endsWith('.cjs')))
      console.log(typeof createClient, typeof createClientMetrics)
      const options = (accountId) => ({ sdk: require('vwo-node-sdk'), settings: { version: 1, accountId, campaigns: [] } })
      createTestClient(options(1))
      import('@vwo-hub/client/testing')
        .then((testing) => testing.createTestClient(options(2)))
        .catch(({ message }) => console.log(message.slice(0, 78)))`,
    )
    const { stdout } = await run(process.execPath, ['app.cjs'], { cwd: project, env })
    expect(stdout).toMatch(
      /^0\n\[\]\nfunction function\nCannot swap "test" .* account 2, but another client\n$/,
    )
  })

  describe('with what its optional parts are for', () => {
    beforeAll(async () => {
      for (const name of ['@openfeature', 'vwo-fme-node-sdk'])
        await symlink(join(root, 'test/node_modules', name), join(project, 'node_modules', name))
    })

    // The others need what takes long to install: `npm run examples`.
    const examples = isEverything ? ['openfeature', 'typescript', 'worker-threads'] : []
    it.each(['commonjs', 'openfeature-fme', ...examples])(
      'runs the example %s, which follows an update and ends when asked to',
      async (name) => {
        const folder = join(project, name)
        await cp(join(root, 'examples', name), folder, { recursive: true, filter: isSource })
        const { scripts } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
          readonly scripts: { readonly start: string; readonly build?: string }
        }
        if (scripts.build !== undefined)
          await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--skipLibCheck'], {
            cwd: folder,
          })
        await follow({ command: scripts.start, folder, redisUrl: redis.url, environment: name, port: 0 })
      },
    )
  })

  it('is one package, and says whose it is, and that it is free', async () => {
    expect(await readdir(join(project, 'node_modules/@vwo-hub'))).toEqual(['client'])
    const folder = join(project, 'node_modules/@vwo-hub/client')
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as object
    expect(manifest).toMatchObject({
      homepage: expect.any(String),
      bugs: expect.any(String),
      repository: { directory: 'packages/client' },
    })
    expect(JSON.stringify(manifest)).not.toContain('workspace:')
    expect(await readFile(join(folder, 'LICENSE'), 'utf8')).toContain('Apache License')
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toContain('# @vwo-hub/client')
  })

  it('is strict code however it is loaded', async () => {
    const dist = join(project, 'node_modules/@vwo-hub/client/dist')
    const files = (await readdir(dist)).filter((file) => file.endsWith('.cjs'))
    const texts = await Promise.all(files.map((file) => readFile(join(dist, file), 'utf8')))
    expect(texts.filter((text) => !text.startsWith('"use strict";'))).toEqual([])
  })

  it('runs from an ES module of esbuild, with what its README puts in front', async () => {
    const readme = await readFile(join(root, 'packages/client/README.md'), 'utf8')
    const banner = /--banner:js="([^"]+)"/.exec(readme)?.[1] ?? ''
    const { build } = esbuildOf(createRequire(import.meta.resolve('tsx')))
    await build({
      absWorkingDir: project,
      entryPoints: ['example.js'],
      outfile: 'of-esbuild.mjs',
      banner: { js: banner },
      ...{ bundle: true, platform: 'node', format: 'esm' },
    })
    expect(await outputOf('of-esbuild.mjs')).toMatch(expected)
  })

  it.each([
    ['an ES module', 'esm', 'vwo-node-sdk'],
    ['an ES module with the SDK in it', 'esm', []],
    ['CommonJS with the SDK in it', 'cjs', []],
  ] as const)(
    'runs from a bundle: %s; without the SDK it has no more than 300 kB',
    async (_what, format, external) => {
      const { build } = await import('rolldown')
      const input = join(project, 'bundled.js')
      // Top-level await is of ES modules alone.
      const example = (await exampleOfReadme(root)).split('\n\n')
      const asked = example.pop() ?? ''
      await writeFile(input, [...example, `void (async () => {\n${asked}\n})()`].join('\n\n'))
      const { output } = await build({
        input,
        platform: 'node',
        external: [...[external].flat()],
        output: { minify: true, format, codeSplitting: false },
        write: false,
        logLevel: 'silent',
      })
      const [{ code }] = output
      expect(code.length).toBeGreaterThan(100_000)
      if (external.length > 0) expect(Buffer.byteLength(code)).toBeLessThan(300_000)
      const bundle = `bundle.${format === 'esm' ? 'mjs' : 'cjs'}`
      await writeFile(join(project, bundle), code)
      expect(await outputOf(bundle)).toMatch(expected)
    },
  )
})
