import { readFile } from 'node:fs/promises'
import { Redis } from 'ioredis'
import vwoSdk from 'vwo-node-sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { createClient, type Client, type ClientError } from '@vwo-hub/client'
import type { RedisConfig } from '@vwo-hub/hub'
import {
  asUser,
  clientOption,
  redisEnv,
  startRedisCluster,
  startRedisServer,
  startSentinelGroup,
  startVwoSimulator,
  type RedisUser,
} from '@vwo-hub/sandbox'
import { keysOf } from '@vwo-hub/protocol'
import { defaultProduct } from '../packages/hub/dist/product/products.js'
import { createActs } from '../packages/hub/dist/operate/acts.js'
import { aclLines, clientUser, hubUser, readerUser } from './support/acl-users.ts'
import { runCommand } from './support/cli.ts'
import { openEnvironment } from './support/environment.ts'
import {
  account,
  createSilentHub,
  environmentConfig,
  hubConfig,
  webhookSecret,
} from './support/hub-config.ts'
import { abTest, settingsFile } from './support/settings-file.ts'
import { until } from './support/until.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

const environment = 'prod'
const keys = keysOf(environment)

interface Address {
  readonly host: string
  readonly port: number
  /** @default 0 */
  readonly db?: number
}

/** A topology with the users of the file. */
interface Topology {
  /** As its owner, who may do everything. */
  readonly config: RedisConfig
  readonly members: readonly Address[]
  /** The one that takes writes. */
  master(): Promise<Address>
}

const topologies: Record<string, (users: readonly string[]) => Promise<Topology>> = {
  async standalone(users) {
    const server = await startRedisServer({ users })
    cleanUps.push(server.close)
    const { host, port } = server
    const config = { kind: 'standalone' as const, url: `${server.url}/1` }
    return { config, members: [server], master: async () => ({ host, port, db: 1 }) }
  },
  async sentinel(users) {
    const group = await startSentinelGroup({ users })
    cleanUps.push(group.close)
    return { config: group.config, members: group.members, master: group.master }
  },
  async cluster(users) {
    const cluster = await startRedisCluster({ users })
    cleanUps.push(cluster.close)
    return { config: cluster.config, members: cluster.nodes, master: () => cluster.master(keys.meta) }
  },
}

function ownerOf(config: RedisConfig): RedisUser {
  const { username = '', password = '' } = config.kind === 'standalone' ? new URL(config.url) : config
  return { username, password }
}

/** A connection as this user, which sends no more than it is told to. */
function connect({ host, port, db = 0 }: Address, user: RedisUser): Redis {
  const redis = new Redis({
    ...{ host, port, db, ...user },
    ...{ enableReadyCheck: false, disableClientInfo: true, retryStrategy: () => null },
    commandTimeout: 3000,
  })
  redis.on('error', () => {})
  cleanUps.push(() => redis.disconnect())
  return redis
}

const settings = (traffic: number, campaigns = 10) =>
  settingsFile({
    ...account,
    campaigns: Array.from({ length: campaigns }, (_, index) =>
      abTest(`campaign-${index}`, { percentTraffic: traffic }),
    ),
  })

/** Everything that hub, client and operator do. @returns What the clients were refused. */
async function doEverything({ config, master }: Topology): Promise<ClientError[]> {
  const vwo = await startVwoSimulator({ ...account, settingsFile: settings(10) })
  cleanUps.push(vwo.close)
  const hub = createSilentHub(
    hubConfig({
      redis: asUser(config, hubUser),
      environments: [environmentConfig({ name: environment, baseUrl: vwo.url })],
    }),
  )
  cleanUps.push(hub.close)
  const { publicUrl, adminUrl } = await hub.start()
  vwo.announceTo({ url: `${publicUrl}/webhooks/${environment}`, secret: webhookSecret })
  const owner = connect(await master(), ownerOf(config))
  const { handle, store } = await openEnvironment(asUser(config, hubUser), environment)
  cleanUps.push(() => store.close())
  const acts = createActs(handle, defaultProduct.open())
  const ann = { as: 'ann', reason: 'to try it' }

  const errors: ClientError[] = []
  const startApp = (user: RedisUser, report: boolean): Client => {
    const place = asUser(config, user)
    const redis = place.kind === 'standalone' ? place.url : clientOption(place)
    const app = createClient({
      environment,
      redis,
      sdk: vwoSdk,
      launch: { isDevelopmentMode: true },
      report,
    })
    app.on('error', (error) => errors.push(error))
    cleanUps.push(app.close)
    return app
  }
  const apps = [startApp(clientUser, true), startApp(readerUser, false)]
  const everywhere = (revision: number) =>
    until(
      () => apps.map((app) => app.status.revision),
      (revisions) => revisions.every((each) => each >= revision),
    )
  const published = async (isMet: (sha256: string | null) => boolean) =>
    until(() => owner.hget(keys.meta, 'sha256'), isMet)
  const revision = async () => Number(await owner.hget(keys.meta, 'revision'))

  const first = await published((sha256) => sha256 !== null)
  await everywhere(await revision())
  // In the message, and beside it.
  for (const file of [settings(20), settings(30, 100)]) {
    const before = await owner.hget(keys.meta, 'sha256')
    await vwo.set(file)
    await published((sha256) => sha256 !== before)
    await everywhere(await revision())
  }
  await apps[0]?.getAndUpdateSettingsFile()

  // The guard, and its end.
  await vwo.set(settings(30, 20))
  await until(
    () => owner.hget(keys.meta, 'heldSha256'),
    (held) => held !== null,
  )
  const large = await revision()
  await acts.release(ann)
  await until(revision, (now) => now > large)
  // Back and pinned; what VWO has waits; and the end of the pin.
  const { contentOf } = await acts.rollback(await acts.planRollback(), { ...ann, pinForMs: 60_000 })
  expect(contentOf).toBe(large)
  await vwo.set(settings(40, 100))
  await handle.refresh.request('manual')
  await until(
    () => owner.hget(keys.meta, 'waitingSha256'),
    (waiting) => waiting !== null,
  )
  await acts.pin({ ...ann, forMs: 120_000 })
  // What Redis loses, and a hub has seen, is put back.
  const ticket = await handle.refresh.request('manual')
  await until(
    () => owner.hget(keys.refresh, 'completed'),
    (completed) => Number(completed) >= ticket,
  )
  const lost = await revision()
  await owner.hdel(keys.meta, 'pinnedUntil', 'pinSetAt')
  await until(
    () => owner.hget(keys.meta, 'pinnedUntil'),
    (pinnedUntil) => pinnedUntil !== null,
  )
  await owner.del(keys.settings)
  await until(
    () => owner.exists(keys.settings),
    (exists) => exists === 1,
  )
  await owner.del(keys.meta, keys.settings)
  await until(revision, (now) => now === lost)
  await acts.unpin(ann)
  await until(revision, (now) => now > lost)
  await everywhere(await revision())
  // Counters that cannot be.
  await owner.hset(keys.refresh, 'completed', 'inf')
  await owner.set(keys.asks, 'none')
  await until(
    () => owner.exists(keys.asks),
    (exists) => exists === 0,
  )

  // A node that has what Redis has lost.
  const ahead = (await revision()) + 1
  await owner.hset(keys.node('ahead'), 'revision', ahead)
  await owner.zadd(keys.nodes, Date.now(), 'ahead')
  await until(revision, (now) => now > ahead)
  await everywhere(await revision())

  // What people read, and the end of a session.
  await store.endedSessions.add('a session', 60_000)
  expect(await store.endedSessions.has('a session')).toBe(true)
  await handle.read.current()
  await handle.read.revisions()
  await handle.read.history()
  await handle.read.revision(await revision())
  await handle.read.auditAfter('0-0')
  await handle.note({ what: 'recovered', summary: 'noted by a test' })
  await until(handle.read.nodes, ({ current }) => current >= 1)
  await handle.minutes.noteSpread()
  await handle.minutes.add({ fetches: 1, failures: 0 })
  expect(await handle.minutes.after(0)).not.toEqual([])
  const looking = new AbortController()
  for await (const look of handle.watch(looking.signal)) {
    expect(look).toMatchObject({ kind: 'seen' })
    break
  }
  expect(await handle.permissions()).toMatchObject({ user: hubUser.username, refused: [] })
  for (const path of ['/readyz', '/metrics', '/', `/environments/${environment}`])
    expect([path, (await fetch(adminUrl + path)).status]).toEqual([path, 200])
  const env = { ...redisEnv(asUser(config, hubUser)), VWO_ENVIRONMENT: environment }
  const { stdout, stderr } = await runCommand(['doctor'], { env })
  expect({ stderr, wrong: /^WRONG.*/m.exec(stdout)?.[0] }).toEqual({ stderr: '' })
  expect(stdout).toMatch(/^ok +redis-permissions +vwo-hub may do all that a hub does/m)

  expect(first).not.toBe(await owner.hget(keys.meta, 'sha256'))
  for (const app of apps) await app.close()
  await hub.close()
  return errors.filter(({ code }) => code === 'redis-forbidden')
}

/** What stops or spies on all of Redis. */
const dangerous = [
  ...['CLIENT PAUSE 1 ALL', 'CLIENT UNPAUSE', 'CLIENT KILL TYPE normal', 'CLIENT LIST', 'CLIENT NO-EVICT on'],
  ...['CLIENT TRACKING on BCAST', 'CLIENT UNBLOCK 1', 'CONFIG GET masterauth', 'CONFIG SET maxmemory 1'],
  ...['CONFIG RESETSTAT', 'KEYS *', 'SCAN 0', 'RANDOMKEY', 'DBSIZE', 'FLUSHALL', 'FLUSHDB', 'SWAPDB 0 1'],
  ...['ACL LIST', 'ACL SETUSER vwo-reader +@all', 'ACL LOG', 'SHUTDOWN NOSAVE', 'DEBUG SLEEP 0', 'MONITOR'],
  ...[
    'REPLICAOF 127.0.0.1 1',
    'SAVE',
    'BGSAVE',
    'BGREWRITEAOF',
    'SLOWLOG GET',
    'LATENCY RESET',
    'MEMORY STATS',
  ],
  ...[
    'MODULE LIST',
    'SCRIPT FLUSH',
    'SCRIPT KILL',
    'FUNCTION FLUSH',
    'WAIT 1 0',
    'CLUSTER RESET',
    'CLUSTER NODES',
  ],
  ...['PSUBSCRIBE *', 'SUBSCRIBE __keyspace@0__:x', 'PUBSUB CHANNELS', 'MIGRATE 127.0.0.1 1 x 0 10'],
]
/** What is not ours, though it lies in the same slot. */
const neighbours = [
  'GET other:{prod}:meta',
  'HMGET other:{prod}:meta a',
  'GET vwo:{prod}',
  'GET vwo-{prod}:settings',
]
/** What apps leave to hubs. */
const { settings: text, meta, revisions, audit, refresh, asks, hubs, updates } = keys
const forClients = [
  ...['EVAL return 0', 'EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0', 'FCALL f 0', 'WATCH x'],
  ...[`PUBLISH ${updates} x`, `SPUBLISH ${updates} x`, 'PUBLISH other x'],
  ...[
    `SET ${text} x`,
    `SET ${text}:1 x`,
    `APPEND ${text} x`,
    `DEL ${text}`,
    `UNLINK ${text}`,
    `RENAME ${text} ${meta}`,
  ],
  ...[
    `EXPIRE ${text} 1`,
    `PEXPIRE ${text} 1`,
    `COPY ${text} ${asks}`,
    `SET ${keys.staged('x')} x`,
    `RESTORE ${text} 0 x`,
  ],
  ...[
    `HSET ${meta} a b`,
    `HDEL ${meta} revision`,
    `DEL ${meta}`,
    `PEXPIRE ${meta} 1`,
    `HINCRBY ${meta} revision 1`,
  ],
  ...[`HSET ${refresh} released x`, `HINCRBY ${refresh} completed 1`, `HINCRBY ${refresh} requested 1`],
  ...[`HDEL ${refresh} owner`, `DEL ${refresh}`, `PEXPIRE ${refresh} 1`, `ZADD ${refresh} 1 x`],
  ...[
    `XADD ${audit} * a b`,
    `XRANGE ${audit} - +`,
    `DEL ${audit}`,
    `ZADD ${revisions} 1 1`,
    `DEL ${revisions}`,
  ],
  ...[
    `ZADD ${hubs} 1 x`,
    `HSET ${keys.hub('x')} a b`,
    `HGETALL ${keys.hub('x')}`,
    `ZRANGE ${keys.nodes} 0 -1`,
    `XADD ${keys.minutes} * a b`,
    `XRANGE ${keys.minutes} - +`,
    `HSET ${keys.spread} 1 x`,
    `HGETALL ${keys.spread}`,
  ],
  ...[
    `SET ${asks} 1`,
    `INCRBY ${asks} 5`,
    `APPEND ${asks} x`,
    `DEL ${asks}`,
    `EXPIRE ${asks} 1`,
    `HSET ${asks} a b`,
  ],
  ...[`HGETALL ${keys.node('x')}`, `SET ${keys.node('x')} x`, `SET ${keys.nodes} x`],
]
const forReaders = [
  ...[
    `INCR ${asks}`,
    `HMGET ${refresh} answered`,
    'MULTI',
    `HSET ${keys.node('x')} a b`,
    `ZADD ${keys.nodes} 1 x`,
  ],
  ...[`DEL ${keys.node('x')}`, `ZREM ${keys.nodes} x`, `PEXPIRE ${keys.node('x')} 1`, `ZCARD ${keys.nodes}`],
]

/** Those that Redis does not refuse for want of a permission. */
async function allowed(address: Address, user: RedisUser, lines: readonly string[]): Promise<string[]> {
  const redis = connect(address, user)
  const answers = lines.map(async (line) => {
    const [command = '', ...args] = line.split(' ')
    const answer = await redis.call(command, ...(command === 'EVAL' ? ['return 0', 0] : args)).then(
      () => 'done',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    // An older Redis does not know the command, and DEBUG is for nobody.
    return /^NOPERM|^ERR (unknown (command|subcommand)|DEBUG command not allowed)/.test(answer)
      ? []
      : [`${line}: ${answer}`]
  })
  return (await Promise.all(answers)).flat()
}

describe.each(Object.entries(topologies))('given the users of deploy/redis-users.acl, %s', (_, start) => {
  it('hubs, clients and people can do all that they do, and nothing of it is refused', async () => {
    const topology = await start(await aclLines())
    expect(await doEverything(topology)).toEqual([])
    for (const member of topology.members) {
      const log = await connect(member, ownerOf(topology.config)).call('ACL', 'LOG')
      expect(log).toEqual([])
    }
  })

  it('nobody stops or spies on Redis, and apps write nothing but requests and reports', async () => {
    const topology = await start(await aclLines())
    const master = await topology.master()
    const owner = connect(master, ownerOf(topology.config))
    await owner.set(keys.settings, 'x')
    for (const [user, lines] of [
      [hubUser, [...dangerous, ...neighbours]],
      [clientUser, [...dangerous, ...neighbours, ...forClients]],
      [readerUser, [...dangerous, ...neighbours, ...forClients, ...forReaders]],
    ] as const) {
      expect([user.username, await allowed(master, user, lines)]).toEqual([user.username, []])
    }
    expect(await owner.keys('*')).toEqual([keys.settings])
  })
})

it('what the documents do to the file for Redis 6.2 leaves nothing in it that 6.2 does not know', async () => {
  const page = await readFile(new URL('../docs/operations.md', import.meta.url), 'utf8')
  const script = /^sed -E '(.+)' deploy\/redis-users\.acl$/m.exec(page)?.[1] ?? ''
  let lines = (await aclLines()).join('\n')
  for (const [, find = '', replace = ''] of script.matchAll(/s\/([^/]+)\/([^/]*)\/g/g))
    lines = lines.replaceAll(new RegExp(find, 'g'), replace)
  expect(lines).not.toMatch(/%|[()]|\+s(subscribe|unsubscribe|publish)/)
  expect(lines).toContain('~vwo:{*}:meta')
})

it('documents name the permissions that the file grants', async () => {
  const readme = await readFile(new URL('../packages/client/README.md', import.meta.url), 'utf8')
  const [, section = ''] = /## Redis permissions\n(.*?)\n## |$/s.exec(`${readme}\n## `) ?? []
  const rulesIn = (part: string) => new Set(part.match(/(?<![\w|])[+~&%][\w|~:{}*@-]+/g) ?? [])
  const client = (await aclLines()).find((line) => line.startsWith('user vwo-client ')) ?? ''
  expect(rulesIn(section)).toEqual(rulesIn(client.replace(/>\S+/, '')))
})
