import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { HubError } from '../../packages/hub/dist/errors.js'
import { createFailures } from '../../packages/hub/dist/flow/failures.js'
import { openEnvironment } from '../support/environment.ts'
import { silentLog } from '../support/hub-config.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { until } from '../support/until.ts'

const { server, cleanUps } = await redisForFile()

/** Two hubs of one environment. */
async function setUp() {
  const { handle, store } = await openEnvironment(server.url, `env-${randomUUID()}`)
  cleanUps.push(store.close)
  const hub = () => createFailures(handle, silentLog, 0)
  const told = async () => (await handle.read.auditAfter('0-0')).map(({ what }) => what)
  const at = new Date().toISOString()
  const fail = (failures: ReturnType<typeof hub>, status: number) =>
    failures.failed(new HubError('vwo-unreachable', `VWO answered ${status}.`), at)
  return { hub, told, fail, at, later: new Date(Date.now() + 1000).toISOString() }
}

describe('an outage that several hubs see', () => {
  it('is told once, and so is its end', async () => {
    const { hub, told, fail, later } = await setUp()
    const [a, b] = [hub(), hub()]
    await fail(a, 502)
    await fail(b, 503)
    expect(await told()).toEqual(['failed'])
    b.succeeded('unchanged', later)
    a.answered(later)
    await until(told, (whats) => whats.includes('recovered'))
    b.answered(later)
    await fail(b, 502)
    expect(await told()).toEqual(['failed', 'recovered', 'failed'])
  })

  it('is told to be over by another hub where the one that told of it is no more', async () => {
    const { hub, told, fail, later } = await setUp()
    await fail(hub(), 502)
    const b = hub()
    await fail(b, 502)
    b.succeeded('unchanged', later)
    b.answered(later)
    await until(told, (whats) => whats.length === 2)
    expect(await told()).toEqual(['failed', 'recovered'])
  })
})
