import { createHub } from '@vwo-hub/hub'
import { startRedisServer } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createConnectionLog } from '../../packages/hub/dist/log/connection-log.js'
import { createLog } from '../../packages/hub/dist/log/log.js'
import { environmentConfig, hubConfig, sharedJudging } from '../support/hub-config.ts'
import { until } from '../support/until.ts'

/** A log, and what it was told, in short. */
function listen() {
  const heard: string[] = []
  const write = (line: string): void => {
    const { msg, count, reason } = JSON.parse(line) as { msg: string; count?: number; reason?: string }
    heard.push([msg.split(/[;:]/)[0], count ?? reason].filter((part) => part !== undefined).join(' '))
  }
  return { log: createLog({ level: 'info', secrets: [], destination: { write } }), heard }
}

it('a hub whose Redis is a replica does not say each time that it is connected', async () => {
  const server = await startRedisServer({ args: ['--replicaof', '127.0.0.1', '1'] })
  onTestFinished(server.close)
  const observer = new Redis(server.url)
  onTestFinished(() => observer.disconnect())
  const { log, heard } = listen()
  // It comes back at once.
  vi.spyOn(Math, 'random').mockReturnValue(0)
  onTestFinished(() => void vi.restoreAllMocks())
  const hub = createHub(hubConfig({ redis: server.config, environments: [environmentConfig()] }), {
    log,
    judgings: { of: () => sharedJudging, close: async () => {} },
  })
  onTestFinished(() => hub.close())
  await hub.start()
  await until(
    async () => Number(/^total_connections_received:(\d+)/m.exec(await observer.info('stats'))?.[1]),
    (count) => count > 50,
  )
  expect(heard.filter((line) => line === 'connected to Redis')).toHaveLength(5)
})

it('says how often Redis was connected to in vain, and once it lasts, that', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { log, heard } = listen()
  const connection = createConnectionLog(log)
  const comeAndGo = (times: number): void => {
    for (let n = 0; n < times; n += 1) {
      connection.connected('here')
      connection.lost('here', 'it closed')
    }
  }
  const [connected, away] = ['connected to Redis', 'cannot reach Redis it closed']
  const said = (): string[] => heard.splice(0)

  comeAndGo(2)
  expect(said()).toEqual([connected, away, connected, away])
  comeAndGo(100)
  expect(said()).toEqual([connected, away, connected, away, connected, away])
  vi.advanceTimersByTime(60_000)
  expect(said()).toEqual(['connected to Redis again and again 102', away])
  comeAndGo(100)
  connection.connected('here')
  expect(said()).toEqual([])
  vi.advanceTimersByTime(60_000)
  expect(said()).toEqual(['connected to Redis again and again 101', connected])
  vi.advanceTimersByTime(60_000)
  comeAndGo(1)
  expect(said()).toEqual([connected, away])
})
