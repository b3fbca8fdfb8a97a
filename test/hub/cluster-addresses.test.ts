import { Cluster, Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import vwoSdk from 'vwo-node-sdk'
import { createClient, type ClientOptions } from '@vwo-hub/client'
import { createHub, type RedisConfig } from '@vwo-hub/hub'
import { startRedisCluster, type RedisCluster, type RedisMember } from '@vwo-hub/sandbox'
import { createLog } from '../../packages/hub/dist/log/log.js'
import { createCertificate } from '../support/certificate.ts'
import { runCommand } from '../support/cli.ts'
import { environmentConfig, hubConfig, sharedJudging } from '../support/hub-config.ts'
import { until } from '../support/until.ts'

type ClusterConfig = Extract<RedisConfig, { kind: 'cluster' }>

/** A hub, until the test is over, and what it says of Redis. */
async function follow(redis: RedisConfig) {
  const heard: string[] = []
  const note = ({ msg, reason = '' }: { readonly msg: string; readonly reason?: string }) => {
    if (msg.startsWith('cannot reach Redis')) heard.push(reason)
    if (msg === 'connected to Redis') heard.push('ready')
  }
  const destination = { write: (line: string) => note(JSON.parse(line) as Parameters<typeof note>[0]) }
  const hub = createHub(hubConfig({ redis, environments: [environmentConfig()] }), {
    log: createLog({ level: 'info', secrets: [], destination }),
    judgings: { of: () => sharedJudging, close: async () => {} },
  })
  onTestFinished(() => hub.close())
  const { adminUrl } = await hub.start()
  const [first] = await until(
    () => heard,
    ({ length }) => length > 0,
  )
  const get = async (path: string) => await (await fetch(`${adminUrl}${path}`)).text()
  return { heard, first, get }
}

/** Reads as a hub does, and as a client. */
async function read(
  config: ClusterConfig,
  redis: ClientOptions['redis'] = { cluster: config.nodes, ...config },
) {
  const { first, get } = await follow(config)
  expect(first).toBe('ready')
  expect(JSON.parse(await get('/v1/environments/prod'))).toMatchObject({
    environment: 'prod',
    refresh: { requested: expect.any(Number) as number },
  })
  const launch = { isDevelopmentMode: true }
  await using client = createClient({ environment: 'prod', redis, sdk: vwoSdk, launch })
  // What only an answer of Redis says.
  await until(
    () => client.status.reason?.code,
    (code) => code === 'settings-missing',
  )
}

describe('a cluster whose certificate has', () => {
  it.each([
    ['names alone, as that of a managed one', 'localhost', 'hostname'],
    ['addresses alone', '127.0.0.1', 'ip'],
  ])('%s is used', async (_, host, preferred) => {
    const tls = await createCertificate(host)
    await using cluster = await startRedisCluster({ masters: 1, tls })
    const [{ port } = expect.fail('no server')] = cluster.nodes
    const admin = new Redis({ host, port, tls: { ca: tls.cert } })
    await admin.config('SET', 'cluster-announce-hostname', host === 'localhost' ? host : '')
    await admin.config('SET', 'cluster-preferred-endpoint-type', preferred)
    const [[, , [announced] = expect.fail('no master')] = expect.fail('no slots')] =
      await admin.cluster('SLOTS')
    admin.disconnect()
    expect(announced).toBe(host)
    await read({ kind: 'cluster', nodes: [{ host, port }], tls: { ca: tls.cert } })
  })
})

describe('a cluster that announces', () => {
  let cluster: RedisCluster
  let node: RedisMember
  let admin: Redis
  let config: ClusterConfig
  beforeAll(async () => {
    cluster = await startRedisCluster({ masters: 1 })
    node = cluster.nodes[0] ?? expect.fail('no server')
    admin = new Redis(node)
    config = { kind: 'cluster', nodes: [{ host: node.host, port: node.port }] }
  })
  afterAll(async () => {
    admin.disconnect()
    await cluster.close()
  })
  /** Where nothing listens. */
  const elsewhere = '127.0.0.2'

  it('no address at all is used where it was asked', async () => {
    await admin.config('SET', 'cluster-preferred-endpoint-type', 'unknown-endpoint')
    onTestFinished(async () => void (await admin.config('SET', 'cluster-preferred-endpoint-type', 'ip')))
    await read(config)
  })

  describe('an address that is not reached from here', () => {
    beforeAll(() => admin.config('SET', 'cluster-announce-ip', elsewhere))
    afterAll(() => admin.config('SET', 'cluster-announce-ip', '127.0.0.1'))

    it('is told once, with what can be done, and never called connected', async () => {
      const { heard, first, get } = await follow(config)
      const reason = new RegExp(
        `^127\\.0\\.0\\.1:${node.port} answers, but 1 master cannot be reached .* ${elsewhere}:${node.port} ` +
          `\\(connect ECONNREFUSED .*\\); .*cluster-announce-ip.* REDIS_NAT_MAP$`,
      )
      expect(first).toMatch(reason)
      expect(await get('/metrics')).toContain('vwo_hub_redis_up 0')
      // ioredis calls itself ready with each attempt meanwhile.
      await admin.config('RESETSTAT')
      await until(
        async () => /cmdstat_cluster\|slots:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1],
        (calls) => Number(calls) > 2,
      )
      expect(heard).toEqual([expect.stringMatching(reason)])
    })

    it('ends every command with the reason', async () => {
      const env = { REDIS_CLUSTER_NODES: `${node.host}:${node.port}` }
      const status = await runCommand(['status', 'prod'], { env })
      expect([status.code, status.stderr]).toEqual([2, expect.stringContaining('ECONNREFUSED')])
      const doctor = await runCommand(['doctor', 'prod'], { env })
      expect(doctor.stdout).toMatch(/WRONG +redis .*ECONNREFUSED.*REDIS_NAT_MAP/)
    })

    it('is translated where that is told, by hub and client', async () => {
      const natMap = { [`${elsewhere}:${node.port}`]: { host: node.host, port: node.port } }
      await read({ ...config, natMap })
      const own = new Cluster([...config.nodes], { natMap, lazyConnect: true })
      onTestFinished(() => own.disconnect())
      await read({ ...config, natMap }, own)
    })
  })

  it('slots that nobody serves is told, and used once somebody does', async () => {
    await admin.cluster('DELSLOTS', 0)
    await until(
      () => admin.cluster('INFO'),
      (info) => info.includes('cluster_state:fail'),
    )
    const { heard, first } = await follow(config)
    const reason = expect.stringMatching(/says cluster_state:fail: \d+ of 16384 slots are not served/)
    expect(first).toEqual(reason)
    await admin.cluster('ADDSLOTS', 0)
    await until(
      () => heard,
      ({ length }) => length === 2,
    )
    expect(heard).toEqual([reason, 'ready'])
  })

  it('no slot at all, after a reset, is told', async () => {
    // What hubs have written before.
    await admin.flushall()
    await admin.cluster('RESET', 'HARD')
    const { first } = await follow(config)
    const reason = 'serves no slot, and knows of no node that does'
    expect(first).toContain(reason)
    const env = { REDIS_CLUSTER_NODES: `${node.host}:${node.port}` }
    expect((await runCommand(['doctor'], { env })).stdout).toMatch(
      new RegExp(`WRONG +redis .*${reason}.* → see that it serves all slots`),
    )
  })
})
