import { Writable } from 'node:stream'
import pino from 'pino'
import vwoSdk from 'vwo-node-sdk'
import { createLogger, format, transports } from 'winston'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createClient, type ClientLog } from '@vwo-hub/client'
import { settingsFile } from '../support/settings-file.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** Where lines are collected that a logger writes. */
function collect() {
  const lines: string[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(String(chunk).trim())
      done()
    },
  })
  return { lines, stream }
}

/** Has a client begin, with a problem, and end. */
async function live(log: ClientLog): Promise<void> {
  const vwo = createClient({
    environment: 'prod',
    redis: 'redis://127.0.0.1:1',
    sdk: vwoSdk,
    launch: { isDevelopmentMode: true },
    initialSettings: settingsFile(),
    log,
  })
  await vwo.ready()
  await vwo.close()
}

const outage = expect.stringContaining('Cannot reach Redis')
const swap = 'decides with revision 0 from initial'

describe('a log is taken as it is', () => {
  it('of pino: fields, then text', async () => {
    const { lines, stream } = collect()
    await live(pino({ level: 'debug' }, stream))
    const told = lines.map((line) => JSON.parse(line) as { level: number; msg: string })
    expect(told).toMatchObject([
      { level: 40, code: 'redis-unreachable', msg: outage },
      { level: 20, source: 'initial', msg: 'begins without Redis' },
      { level: 30, state: 'ready', revision: 0, source: 'initial', msg: 'ready' },
      { level: 30, revision: 0, source: 'initial', lagMs: null, msg: swap },
      { level: 30, msg: 'closed' },
    ])
  })

  it('of winston: text, then fields', async () => {
    const { lines, stream } = collect()
    const transport = new transports.Stream({ stream })
    await live(createLogger({ level: 'info', format: format.json(), transports: [transport] }))
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { level: 'warn', code: 'redis-unreachable', message: outage },
      { level: 'info', state: 'ready', message: 'ready' },
      { level: 'info', revision: 0, message: swap },
      { level: 'info', message: 'closed' },
    ])
  })

  it('the console: text, then fields, and nothing for debugging', async () => {
    const spies = (['warn', 'info', 'debug'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation(() => {}),
    )
    await live(console)
    const [warn, info, debug] = spies.map(({ mock }) => mock.calls)
    expect(warn).toEqual([[outage, { code: 'redis-unreachable' }]])
    expect(info?.map(([message]) => String(message))).toEqual(['ready', swap, 'closed'])
    expect(debug).toEqual([])
  })

  it("Nest's: text alone, and log for what others call info", async () => {
    const told: unknown[][] = []
    class Logger {
      log = (...args: unknown[]) => void told.push(['log', ...args])
      warn = (...args: unknown[]) => void told.push(['warn', ...args])
      debug = (...args: unknown[]) => void told.push(['debug', ...args])
      verbose = () => {}
      error = () => {}
    }
    await live(new Logger())
    expect(told).toEqual([
      ['warn', expect.stringMatching(/^Cannot reach Redis: .* \(redis-unreachable\)$/)],
      ['debug', 'begins without Redis'],
      ['log', 'ready'],
      ['log', swap],
      ['log', 'closed'],
    ])
  })

  it('with a level alone, and where it throws', async () => {
    const told: unknown[] = []
    await live({ warn: (...args) => told.push(args) })
    expect(told).toEqual([[{ code: 'redis-unreachable' }, outage]])
    const fails = () => {
      throw new Error('disk full')
    }
    await live({ warn: fails, info: fails, debug: fails })
  })
})
