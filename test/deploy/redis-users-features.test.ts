import vwoSdk from 'vwo-node-sdk'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createClient, type Client, type ClientError } from '@vwo-hub/client'
import { asUser, clientOption, redisEnv, startVwoSimulator, type RedisUser } from '@vwo-hub/sandbox'
import { aclLines, clientUser, hubUser, readerUser } from '../support/acl-users.ts'
import { runCommand } from '../support/cli.ts'
import { openEnvironment } from '../support/environment.ts'
import {
  account,
  createSilentHub,
  environmentConfig,
  hubConfig,
  webhookSecret,
} from '../support/hub-config.ts'
import { abTest, settingsFile } from '../support/settings-file.ts'
import {
  connect,
  environment,
  keys,
  ownerOf,
  topologies,
  type Topology,
} from '../support/topologies-with-users.ts'
import { until } from '../support/until.ts'

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
  onTestFinished(vwo.close)
  const hub = createSilentHub(
    hubConfig({
      redis: asUser(config, hubUser),
      environments: [environmentConfig({ name: environment, baseUrl: vwo.url })],
    }),
  )
  onTestFinished(() => hub.close())
  const { publicUrl, adminUrl } = await hub.start()
  vwo.announceTo({ url: `${publicUrl}/webhooks/${environment}`, secret: webhookSecret })
  const owner = connect(await master(), ownerOf(config))
  const { handle, store } = await openEnvironment(asUser(config, hubUser), environment)
  onTestFinished(() => store.close())
  const env = { ...redisEnv(asUser(config, hubUser)), VWO_ENVIRONMENT: environment }
  /** As an operator, who is the same user as the hub. */
  const act = async (name: string, ...args: string[]): Promise<object> => {
    const why = ['--as', 'ann', '--reason', 'to try it', '--yes', '--json']
    const { code, stdout, stderr } = await runCommand([name, environment, ...args, ...why], { env })
    expect({ name, code, stderr }).toEqual({ name, code: 0, stderr: '' })
    return JSON.parse(stdout) as object
  }

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
    onTestFinished(app.close)
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
  await act('release')
  await until(revision, (now) => now > large)
  // Back and pinned; what VWO has waits; and the end of the pin.
  expect(await act('rollback', '--pin-for', '1m')).toMatchObject({ contentOf: large })
  await vwo.set(settings(40, 100))
  await handle.refresh.request('manual')
  await until(
    () => owner.hget(keys.meta, 'waitingSha256'),
    (waiting) => waiting !== null,
  )
  await act('pin', '--for', '2m')
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
  await act('unpin')
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
  const { stdout, stderr } = await runCommand(['doctor'], { env })
  expect({ stderr, wrong: /^WRONG.*/m.exec(stdout)?.[0] }).toEqual({ stderr: '' })
  expect(stdout).toMatch(/^ok +redis-permissions +vwo-hub may do all that a hub does/m)

  expect(first).not.toBe(await owner.hget(keys.meta, 'sha256'))
  for (const app of apps) await app.close()
  await hub.close()
  return errors.filter(({ code }) => code === 'redis-forbidden')
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
})
