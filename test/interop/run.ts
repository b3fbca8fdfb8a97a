/**
 * Runs the examples for other languages against a real hub, with the real SDKs where they can be had: from nothing published
 * to a launch, 1,000 users in every campaign beside Node's decisions, a swap, cut connections, and a Redis that starts anew.
 *
 *     npm run interop                  every language; the name of one runs it alone
 *
 * @module
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { asUser, redisEnv, startRedisServer, startVwoSimulator } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import vwoSdk from 'vwo-node-sdk'
import { aclLines, hubUser, readerUser } from '../support/acl-users.ts'
import {
  account,
  createSilentHub,
  environmentConfig,
  hubConfig,
  webhookSecret,
} from '../support/hub-config.ts'
import { abTest, settingsFile } from '../support/settings-file.ts'
import { until } from '../support/until.ts'
import { type App, startApp } from './app.ts'
import { languages, type Prepare, scratchOf } from './languages.ts'

const run = promisify(execFile)
const silent = { log() {} }
const users = Array.from({ length: 1000 }, (_, index) => `user-${index}`)
const variation = (id: number, weight: number) => ({ id, name: `Variation-${id}`, weight, changes: {} })
const outside = ['half', 'three', 'tenth', 'whole']
const grouped = ['one', 'two', 'three-of-group']

/** @param probe - The one variation of the campaign that tells which settings an app has. */
function settings(probe: string, extra: object = {}) {
  const campaigns = [
    abTest('half', { id: 1, percentTraffic: 50, variations: [variation(1, 50), variation(2, 50)] }),
    abTest('three', {
      id: 2,
      variations: [variation(1, 33.3333), variation(2, 33.3333), variation(3, 33.3334)],
    }),
    abTest('tenth', { id: 3, percentTraffic: 10, variations: [variation(1, 90), variation(2, 10)] }),
    abTest('whole', { id: 4, variations: [variation(1, 0), variation(2, 100)] }),
    ...grouped.map((key, index) =>
      abTest(key, { id: 11 + index, percentTraffic: 80, variations: [variation(1, 50), variation(2, 50)] }),
    ),
    abTest('probe', { id: 99, variations: [{ ...variation(1, 100), name: probe }] }),
  ]
  const groups = { '1': { name: 'group', campaigns: [11, 12, 13] } }
  const campaignGroups = { '11': 1, '12': 1, '13': 1 }
  return settingsFile({ ...account, campaigns, groups, campaignGroups, ...extra })
}

/** What Node decides, each in the form of an example's answer. */
function decideInNode(file: object, questions: readonly string[]): string[] {
  const sdk = vwoSdk.launch({
    settingsFile: file,
    isDevelopmentMode: true,
    logging: { logger: silent },
  } as never)
  return questions.map((question) => {
    const [campaign = '', user = ''] = question.split(' ')
    return (
      (sdk as unknown as { getVariationName(key: string, id: string): string | null }).getVariationName(
        campaign,
        user,
      ) ?? '-'
    )
  })
}

async function compare(app: App, file: object): Promise<string> {
  const told: string[] = []
  for (const [name, keys, ids] of [
    ['outside groups', outside, users],
    ['in a group', grouped, users],
    ['ids not ASCII', outside, users.map((user) => `${user}-ü€😀`)],
  ] as const) {
    const questions = keys.flatMap((key) => ids.map((id) => `${key} ${id}`))
    const [theirs, ours] = [await app.decide(questions), decideInNode(file, questions)]
    told.push(`${name} ${theirs.filter((each, index) => each !== ours[index]).length}/${questions.length}`)
  }
  return told.join(', ')
}

type Outcome = 'proven' | 'failed' | 'not run'

async function check(language: string, prepare: Prepare, folder: string): Promise<Outcome> {
  const tell = (text: string) => console.log(`${language.padEnd(7)} ${text}`)
  let example
  try {
    example = await prepare(await scratchOf(folder, language))
  } catch (error) {
    tell(`NOT RUN, not proven: ${String(error instanceof Error ? error.message : error).split('\n')[0]}`)
    return 'not run'
  }
  tell(`with ${example.sdk}`)
  // A user as deployments have it: it may use no command that clients do not need.
  const redis = await startRedisServer({ users: await aclLines() })
  const vwo = await startVwoSimulator({
    ...account,
    settingsFile: settings('first'),
    retry: { minMs: 50, maxMs: 100 },
  })
  const hub = createSilentHub(
    hubConfig({
      redis: asUser(redis.config, hubUser),
      environments: [environmentConfig({ name: 'prod', baseUrl: vwo.url })],
      appHost: '127.0.0.1',
      appPort: 0,
    }),
  )
  const own = {
    ...redisEnv(asUser(redis.config, readerUser)),
    VWO_ENVIRONMENT: 'prod',
    VWO_ACCOUNT_ID: String(account.accountId),
    VWO_SDK_KEY: account.sdkKey,
  }
  const app = startApp(example, own)
  const decides = async (expected: string) => {
    const startedAt = performance.now()
    await until(
      async () => (await app.decide(['probe user']))[0],
      (seen) => seen === expected,
      30_000,
    )
    return `${Math.round(performance.now() - startedAt)} ms`
  }
  try {
    await until(
      async () => [await app.decide(['probe user']), app.said()],
      ([, said]) => String(said).includes('nothing is published'),
      30_000,
    )
    tell('says that nothing is published yet')
    const { publicUrl, appUrl = '' } = await hub.start()
    vwo.announceTo({ url: `${publicUrl}/webhooks/prod`, secret: webhookSecret })
    tell(`launches, ${await decides('first')} after the start of the hub`)
    for (const [name, { program, args, env }] of Object.entries(example.once)) {
      const asked = { HUB_URL: appUrl, CAMPAIGN: 'probe', USER_ID: 'user' }
      const { stdout } = await run(program, args, { env: { ...process.env, ...env, ...own, ...asked } })
      if (!stdout.split(/\s/).includes('first')) throw new Error(`${name}: expected "first", got "${stdout}"`)
      tell(`decides ${name}`)
    }
    for (const [name, extra] of Object.entries({
      plain: {},
      isNB: { isNB: true },
      isNBv2: { isNB: true, isNBv2: true },
    })) {
      await vwo.set(settings(`form-${name}`, extra))
      await decides(`form-${name}`)
      tell(`${name}: decides otherwise than Node: ${await compare(app, settings('any', extra))}`)
    }
    await vwo.set(settings('second'))
    tell(`swaps within ${await decides('second')}`)
    const operator = new Redis(redis.url)
    for (const type of ['normal', 'pubsub'])
      await operator.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes')
    operator.disconnect()
    await vwo.set(settings('third'))
    tell(`swaps within ${await decides('third')} after its connections were cut`)
    await redis.restart()
    await vwo.set(settings('fourth'))
    tell(`swaps within ${await decides('fourth')} after Redis started anew, empty`)
    return 'proven'
  } catch (error) {
    tell(`FAILS: ${String(error)}\n${app.said().slice(-1000)}`)
    return 'failed'
  } finally {
    app.close()
    await hub.close()
    await vwo.close()
    await redis.close()
  }
}

const wanted = process.argv.slice(2).map((name) => name.toLowerCase())
const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-interop-'))
const outcomes = new Map<string, Outcome>()
for (const [language, prepare] of Object.entries(languages)) {
  if (wanted.length > 0 && !wanted.includes(language.toLowerCase())) continue
  outcomes.set(language, await check(language, prepare, folder))
}
await rm(folder, { recursive: true, force: true })
const those = (outcome: Outcome): string =>
  [...outcomes.keys()].filter((language) => outcomes.get(language) === outcome).join(', ') || 'none'
console.log(
  `Proven: ${those('proven')}. Failed: ${those('failed')}. Not run, so not proven: ${those('not run')}.`,
)
process.exit(those('failed') === 'none' ? 0 : 1)
