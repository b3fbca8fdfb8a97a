import { randomUUID } from 'node:crypto'
import { stripVTControlCharacters } from 'node:util'
import { createClient } from '@vwo-hub/client'
import { keysOf } from '@vwo-hub/protocol'
import { describe, expect, it } from 'vitest'
import vwoSdk from 'vwo-node-sdk'
import { createJsonLines, createLines } from '../../packages/hub/dist/commands/watch-lines.js'
import { openTerminal } from '../../packages/hub/dist/commands/terminal.js'
import { createScreen } from '../../packages/hub/dist/commands/watch-screen.js'
import { openEnvironment } from '../support/environment.ts'
import type { Look } from '../../packages/hub/dist/environment/watch.js'
import { startCli } from '../support/cli.ts'
import { outputFaults } from '../support/output-faults.ts'
import { createPublisher } from '../support/publisher.ts'
import { settingsFile } from '../support/settings-file.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

const text = (version: number): string => JSON.stringify(settingsFile({ version }))

async function setUp() {
  const environment = `env-${randomUUID()}`
  const publisher = await createPublisher(server.url, environment)
  cleanUps.push(publisher.close)
  return {
    ...publisher,
    environment,
    keys: keysOf(environment),
    watch: (...args: string[]) =>
      startCli(['watch', environment, ...args], { env: { REDIS_URL: server.url } }),
  }
}

describe('vwo-hub watch', () => {
  it('follows events, nodes and hubs until Ctrl-C', async () => {
    const { environment, publish, handle, watch } = await setUp()
    const first = await publish(text(1))
    const command = watch()
    await command.printed(new RegExp(`publish +${first}  published by a test`))
    await command.printed(/hubs +none alive/)
    await command.printed(/nodes +none has reported/)
    const launch = { isDevelopmentMode: true }
    const app = createClient({ environment, redis: server.url, sdk: vwoSdk, launch })
    cleanUps.push(() => app.close())
    await command.printed(new RegExp(`nodes +1 of 1 node on revision ${first}`))
    await handle.hubs.report('hub-a', { state: 'ready' })
    await command.printed(/hubs +hub-a ready\n/)
    const second = await publish(text(2))
    await command.printed(new RegExp(`publish +${second}  published by a test`))
    await command.printed(new RegExp(`nodes +1 of 1 node on revision ${second}, p95 \\d+\\.\\d+ s`))
    command.signal('SIGINT')
    const { code, stdout, stderr } = await command.ended
    expect([code, stderr]).toEqual([0, ''])
    for (const line of stdout.trimEnd().split('\n'))
      expect(line).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+00:00 {2}\S/)
  })

  it('gives programs a line of JSON for each thing that changes', async () => {
    const { publish, watch } = await setUp()
    const revision = await publish(text(1))
    const command = watch('--json')
    await command.printed(/"type":"nodes"/)
    command.signal('SIGTERM')
    const { code, stdout } = await command.ended
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.flatMap((line) => outputFaults('watch', line))).toEqual([])
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { type: 'audit', what: 'publish', revision, summary: 'published by a test' },
      { type: 'hubs', hubs: [] },
      { type: 'nodes', revision, current: 0, total: 0 },
    ])
  })
})

describe('a watch', () => {
  it('goes on while Redis does not answer', async () => {
    const { environment, publish } = await setUp()
    await publish(text(1))
    const { handle, store } = await openEnvironment(server.url, environment)
    const ending = new AbortController()
    const kinds: string[] = []
    for await (const look of handle.watch(ending.signal)) {
      kinds.push(look.kind)
      if (kinds.length === 1) store.close()
      if (kinds.length === 2) await store.connect()
      if (kinds.length === 3) ending.abort()
    }
    store.close()
    expect(kinds).toEqual(['seen', 'lost', 'seen'])
  })

  it('tells each event once', async () => {
    const { publish, handle } = await setUp()
    const ending = new AbortController()
    const news: (number | undefined)[][] = []
    const published: number[] = []
    for await (const look of handle.watch(ending.signal)) {
      if (look.kind === 'seen') news.push(look.news.map(({ revision }) => revision))
      if (news.length <= 2)
        published.push(await publish(text(news.length)), await publish(text(news.length + 10)))
      if (news.length === 4) ending.abort()
    }
    expect(news).toEqual([[], published.slice(0, 2), published.slice(2), []])
  })
})

const now = '2025-11-24T16:20:34.000Z'

/** One look, at so many nodes of ten. */
function lookAt(current: number, summary?: string): Look {
  const revision = 1_764_001_000_000
  const node = {
    id: 'a',
    state: 'current',
    revision,
    seenAt: now,
    host: '',
    pid: 1,
    sdk: '',
    client: '',
  } as const
  const entry = {
    id: '1-0',
    at: now,
    what: 'publish',
    revision,
    trigger: 'webhook',
    campaigns: 1,
    as: undefined,
    contentOf: undefined,
    reason: undefined,
  }
  return {
    kind: 'seen',
    status: {
      environment: 'prod',
      now,
      current: undefined,
      refresh: { requested: 0, completed: 0, fruitless: 0 },
      hubs: [],
      audit: [],
    },
    propagation: {
      environment: 'prod',
      now,
      revision,
      current,
      total: 10,
      nodes: Array.from({ length: 10 }, () => node),
    },
    news: summary === undefined ? [] : [{ ...entry, summary }],
  }
}

it('tells programs also that Redis does not answer as the schema says', () => {
  const lines: string[] = []
  const show = createJsonLines({ json: (value) => lines.push(JSON.stringify(value)) })
  for (const look of [lookAt(9, 'a change'), { kind: 'lost', reason: 'away' } as const, lookAt(10)])
    show(look)
  expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
    ...['audit', 'hubs', 'nodes'],
    ...['redis', 'redis', 'nodes'],
  ])
  expect(lines.flatMap((line) => outputFaults('watch', line))).toEqual([])
})

describe('on a terminal', () => {
  async function open(hasColors: boolean) {
    let written = ''
    const write = (output: string) => Boolean((written += output))
    const output = {
      write,
      on: () => process.stdout,
      isTTY: true,
      columns: 120,
    } as unknown as NodeJS.WriteStream
    const env = hasColors ? {} : { NO_COLOR: '1' }
    const { colors } = await openTerminal({ env, stdin: process.stdin, stdout: output, stderr: output })
    const show = createScreen(output, colors)
    return (look: Look) => {
      written = ''
      show(look)
      return written
    }
  }

  it('shows all of a reason in lines that fit, and draws the next state over all of them', async () => {
    const show = await open(false)
    const look = lookAt(10)
    if (look.kind !== 'seen') return expect.fail('this look has seen something')
    const message =
      'Cannot fetch settings of "prod" from dev.visualwebsiteoptimizer.com: expected status 200, got 503'
    const hub = {
      ...{ id: 'hub-1-7-3fe2', state: 'ready', startedAt: now, host: '', pid: 1, version: '1' },
      revision: 1,
    }
    const status = {
      ...look.status,
      hubs: [{ ...hub, lastFetch: { at: now, result: 'vwo-unreachable', message } }],
    }
    const rows = stripVTControlCharacters(show({ ...look, status })).split('\n')
    expect(rows.filter((row) => row.length > 120)).toEqual([])
    expect(rows.map((row) => row.trim()).join(' ')).toContain(message)
    expect(show(look)).toContain(`\u001B[${rows.length - 1}A`)
  })

  it('the bar fills as nodes get the newest revision, and is full only when all have it', async () => {
    const show = await open(false)
    const barOf = (output: string) => /nodes {2}([█░]+) {2}(\d+ of 10 nodes)/.exec(output)?.slice(1)
    expect(barOf(show(lookAt(0)))).toEqual(['░'.repeat(30), '0 of 10 nodes'])
    expect(barOf(show(lookAt(9)))).toEqual([`${'█'.repeat(27)}░░░`, '9 of 10 nodes'])
    expect(barOf(show(lookAt(10)))).toEqual(['█'.repeat(30), '10 of 10 nodes'])
  })

  it('the state is drawn over the one before, below the events', async () => {
    const show = await open(false)
    expect(show(lookAt(0))).not.toContain('\u001B[4A')
    const output = show(lookAt(5, 'checkout-test: traffic 50 → 80 %'))
    expect(output.startsWith('\u001B[?7l\u001B[4A\r')).toBe(true)
    expect(output.split('\n')[0]).toContain('publish   1764001000000  checkout-test: traffic 50 → 80 %')
    expect(show({ kind: 'lost', reason: 'connect ECONNREFUSED' })).toContain(
      'Redis does not answer: connect ECONNREFUSED',
    )
    const again = show({ kind: 'lost', reason: 'the same' })
    expect(again.match(/does not answer/g)).toHaveLength(1)
    const inColor = await open(true)
    inColor({ kind: 'lost', reason: 'connect ECONNREFUSED' })
    expect(inColor({ kind: 'lost', reason: 'the same' }).match(/does not answer/g)).toHaveLength(1)
  })

  it('a hostile summary does not steer it', async () => {
    expect((await open(false))(lookAt(0, '\u001B[2Jgone\nline'))).toContain('\uFFFD[2Jgone\uFFFDline')
  })

  it('colours are there only where they are wanted', async () => {
    expect((await open(true))(lookAt(10))).toContain('\u001B[32m')
    expect((await open(false))(lookAt(10))).not.toContain('\u001B[32m')
  })
})

describe('elsewhere', () => {
  it('a line says what has changed, and nothing says the same again', () => {
    const lines: string[] = []
    const show = createLines({ line: (line = '') => void lines.push(line.replace(/^\S+ \S+ \S+ +/, '')) })
    for (const look of [lookAt(1), lookAt(1), lookAt(2)]) show(look)
    for (const reason of ['gone', 'gone']) show({ kind: 'lost', reason })
    for (const look of [lookAt(2), lookAt(2)]) show(look)
    expect(lines).toEqual([
      'hubs      none alive',
      'nodes     1 of 10 nodes on revision 1764001000000',
      'nodes     2 of 10 nodes on revision 1764001000000',
      'redis     does not answer: gone',
      'redis     answers',
    ])
  })
})
