import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createClient } from '@vwo-hub/client'
import { startRedisServer } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import vwoSdk from 'vwo-node-sdk'
import { sampleSettingsFile } from '../../packages/hub/dist/product/fullstack/sample.js'
import { commandNames } from '../support/cli.ts'
import { createPublisher } from '../support/publisher.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

/** The names between backticks, at the beginning of the rows of all tables. */
function namesInTables(markdown: string): string[] {
  const cells = [...markdown.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell = '']) => cell)
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
}

describe('the README', () => {
  let readme: string
  beforeAll(async () => {
    readme = await readFile(join(root, 'README.md'), 'utf8')
  })

  it('names every environment variable of the hub, and no other', async () => {
    const folder = join(root, 'packages/hub/dist/config')
    const files = (await readdir(folder))
      .filter((file) => file.endsWith('.js'))
      .map((file) => join(folder, file))
    const sources = await Promise.all(files.map((file) => readFile(file, 'utf8')))
    const read = sources.flatMap((source) =>
      [...source.matchAll(/'((?:HUB|VWO|REDIS)_[A-Z_]*[A-Z])'/g)].map(([, name = '']) => name),
    )
    const named = [...readme.matchAll(/`((?:HUB|VWO|REDIS)_[A-Z_]*[A-Z])`/g)].map(([, name = '']) => name)
    expect([...new Set(named)].toSorted()).toEqual([...new Set(read)].toSorted())
  })

  it('lists the commands as the command line does', async () => {
    const { stdout } = await run(process.execPath, [join(root, 'packages/hub/dist/cli.js'), '--help'])
    const [, list = ''] = stdout.split('Commands:\n')
    const commands = [...list.matchAll(/^ {2}(?!help)(\w+)/gm)].map(([, name = '']) => name)
    const listed = namesInTables(readme).flatMap((name) => /^vwo-hub (\w+)/.exec(name)?.[1] ?? [])
    expect(listed.toSorted()).toEqual(commands.toSorted())
  })

  it('names no command and no script that is not there, nor do the other documents', async () => {
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: object }
    const pages = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md'))
    const others = ['CONTRIBUTING.md', 'examples/README.md', 'packages/client/README.md']
    const texts = await Promise.all(
      [...pages.map((page) => `docs/${page}`), ...others].map((page) => readFile(join(root, page), 'utf8')),
    )
    const all = [readme, ...texts].join('\n')
    const named = (pattern: RegExp): string[] => [
      ...new Set([...all.matchAll(pattern)].map(([, name = '']) => name)),
    ]
    const scripts = named(/(?:npm|pnpm) run ([a-z:]+)/g)
    expect(scripts.length).toBeGreaterThan(10)
    expect(scripts.filter((name) => !(name in manifest.scripts))).toEqual([])
    const commands = named(/(?:npm start -- |^\$ vwo-hub |npx vwo-hub |`vwo-hub )([a-z]+)/gm)
    expect(commands.length).toBeGreaterThan(15)
    const known = await commandNames()
    expect(commands.filter((name) => !known.includes(name))).toEqual([])
  })

  it('has one-liners for redis-cli that show something', async () => {
    const server = await startRedisServer()
    onTestFinished(server.close)
    const publisher = await createPublisher(server.url, 'default')
    await publisher.publish(sampleSettingsFile)
    publisher.close()
    const redis = new Redis(server.url)
    onTestFinished(() => {
      redis.disconnect()
    })
    const lines = [...readme.matchAll(/^redis-cli -p PORT (?:--raw )?(.*?) +(?:\||#)/gm)].map(
      ([, line = '']) => line,
    )
    expect(lines.length).toBeGreaterThanOrEqual(5)
    for (const line of lines.filter((each) => !each.startsWith('SUBSCRIBE'))) {
      const [command = '', ...args] = line.split(' ').map((word) => word.replaceAll("'", ''))
      const answer = await redis.call(command, ...args)
      expect(JSON.stringify(answer), line).toMatch(/\w{4}/)
    }
  })
})

describe('the README of the client', () => {
  it('names every method, and nothing that is not there', async () => {
    const readme = await readFile(join(root, 'packages/client/README.md'), 'utf8')
    const client = createClient({ environment: 'test', redis: 'redis://127.0.0.1:1', sdk: vwoSdk })
    onTestFinished(client.close)
    const [, section = ''] = /^## Methods$(.*?)^## /ms.exec(readme) ?? []
    const named = [...section.matchAll(/`(\w+)(?:\([^`]*\))?`/g)].map(([, name = '']) => name)
    const others = new Set(['confirmedAt', 'reason', 'null'])
    expect([...new Set(named)].filter((name) => !others.has(name)).toSorted()).toEqual(
      Object.keys(client).toSorted(),
    )
  })

  it('says what every code of an error means', async () => {
    const readme = await readFile(join(root, 'packages/client/README.md'), 'utf8')
    const types = await readFile(join(root, 'packages/client/dist/errors.d.ts'), 'utf8')
    const codes = [...types.matchAll(/^[ |]*'([a-z-]+)'/gm)].map(([, code = '']) => code)
    const named = namesInTables(/^## Events$(.*?)^## /ms.exec(readme)?.[1] ?? '')
    expect(codes.length).toBeGreaterThan(5)
    expect(codes.filter((code) => !named.includes(code))).toEqual([])
  })
})
