import { execFile } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type RedisServer, startRedisServer } from '@vwo-hub/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endWhenAsked } from '../../packages/hub/dist/commands/first-process.js'
import { commandNames, runCli } from '../support/cli.ts'
import { type Hubs, running, startHubs } from '../support/hubs.ts'
import { until } from '../support/until.ts'

const run = promisify(execFile)
const dist = join(import.meta.dirname, '../../packages/hub/dist')

let server: RedisServer
let hubs: Hubs
let folder: string

beforeAll(async () => {
  server = await startRedisServer()
  hubs = await startHubs({ url: server.url })
  await hubs.vwo.set(running(['checkout-test'], 50))
  await until(hubs.whats, (whats) => whats.length === 2)
  folder = await mkdtemp(join(tmpdir(), 'vwo-hub-test-'))
  await writeFile(join(folder, 'settings.json'), JSON.stringify(running(['checkout-test'])))
  await writeFile(join(folder, 'users.txt'), 'ada\neve\n')
})
afterAll(async () => {
  await hubs.close()
  await server.close()
  await rm(folder, { recursive: true })
})

/** What commands end with that have done what they were asked for, with the environment in the place of `env`. */
const commands: Record<string, { readonly args: readonly string[]; readonly code?: number }> = {
  check: { args: ['settings.json'] },
  status: { args: ['env'] },
  nodes: { args: ['env'], code: 1 },
  history: { args: ['env'] },
  show: { args: ['env'] },
  diff: { args: ['env'], code: 1 },
  preview: { args: ['settings.json', 'env', '--users', 'users.txt'] },
  explain: { args: ['env', 'checkout-test', 'ada'] },
  types: { args: ['env'] },
  doctor: { args: ['env'] },
  refresh: { args: ['env'] },
  rollback: { args: ['env', '--yes'] },
  unpin: { args: ['env', '--yes'] },
  pin: { args: ['env', '--for', '5m', '--yes'] },
  release: { args: ['env', '--yes'], code: 1 },
  adopt: { args: ['env', '--yes'] },
  stop: { args: ['env', 'checkout-test', '--reason', 'it fails', '--yes', '--end-campaigns'] },
  publish: { args: ['env', 'settings.json', '--reason', 'it works again', '--yes'] },
  environments: { args: [], code: 1 },
  schema: { args: ['status'] },
  completion: { args: ['bash'] },
}
/** They run until they are told to end. */
const lasting = ['serve', 'dev', 'watch']

it('every command is here', async () => {
  expect((await commandNames()).toSorted()).toEqual([...Object.keys(commands), ...lasting].toSorted())
})

/** A command line with what the tests have in the place of names. */
const lineOf = (name: string): string[] => [
  name,
  ...(commands[name]?.args ?? []).map((arg) =>
    arg.replace(/^env$/, hubs.environment).replace(/^(settings\.json|users\.txt)$/, join(folder, '$1')),
  ),
]

it('every command leaves nothing that would keep its process from ending', async () => {
  // They are in one process, which ends by itself when they are done.
  const names = Object.keys(commands)
  const program = fileURLToPath(new URL('../support/run-commands.mjs', import.meta.url))
  const { stdout } = await run(process.execPath, [program, dist, JSON.stringify(names.map(lineOf))], {
    env: { PATH: process.env['PATH'], REDIS_URL: server.url },
  })
  const results = JSON.parse(stdout) as { code: number; said: string; left: string[] }[]
  const seen = results.map(({ code, said, left }, index) => [names[index], { code, said: said !== '', left }])
  expect(Object.fromEntries(seen)).toEqual(
    Object.fromEntries(
      Object.entries(commands).map(([name, { code = 0 }]) => [name, { code, said: true, left: [] }]),
    ),
  )
})

it('a command ends its process, and has loaded no other one, and nothing of what only a hub or a judge needs', async () => {
  const coverage = join(folder, 'coverage')
  const { code, stderr } = await runCli(lineOf('nodes'), {
    env: { REDIS_URL: server.url, NODE_V8_COVERAGE: coverage },
  })
  expect([code, stderr]).toEqual([1, ''])
  const [file = ''] = await readdir(coverage)
  const { result } = JSON.parse(await readFile(join(coverage, file), 'utf8')) as { result: { url: string }[] }
  const urls = result.map(({ url }) => url)
  const loaded = (part: RegExp) => urls.filter((url) => part.test(url))
  expect(loaded(/hub\/dist\/commands\/.*-command\.js$/)).toEqual([
    expect.stringContaining('/nodes-command.js'),
  ])
  expect(loaded(/\/hub\/dist\/(flow|http|hub|log|metrics|dev|product\/(fme|fullstack|thread))/)).toEqual([])
  expect(loaded(/\/node_modules\/(hono|@hono|undici|pino|prom-client|vwo-)/)).toEqual([])
})

describe('process 1 of a container', () => {
  it('ends when asked, until there is something to finish; every other process is ended by the kernel', () => {
    const exits: number[] = []
    const start = (pid: number) => {
      const own = Object.assign(new EventEmitter(), { pid, exit: (code: number) => void exits.push(code) })
      endWhenAsked(own as never)
      return own
    }
    expect(start(2).listenerCount('SIGTERM')).toBe(0)
    const first = start(1)
    first.emit('SIGTERM')
    first.emit('SIGINT')
    expect(exits).toEqual([0, 0])
    first.on('SIGTERM', () => {})
    first.emit('SIGTERM')
    expect(exits).toEqual([0, 0])
  })
})
