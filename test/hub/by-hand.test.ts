import { describe, expect, it } from 'vitest'
import { fme } from '../../packages/hub/dist/product/fme/fme.js'
import { fullstack } from '../../packages/hub/dist/product/fullstack/fullstack.js'
import { runCommand } from '../support/cli.ts'
import { account } from '../support/hub-config.ts'
import { running, startHubs } from '../support/hubs.ts'
import { abTest, settingsFile } from '../support/settings-file.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

const campaigns = ['checkout-test', 'menu-test', 'search-test', 'price-test', 'photo-test', 'font-test']

async function setUp() {
  const hubs = await startHubs({ url: server.url, settings: running(campaigns, 10) })
  cleanUps.push(hubs.close)
  const vwoHub = async (command: string, args: readonly string[], input = '') =>
    await runCommand([command, hubs.environment, ...args], { env: { REDIS_URL: server.url }, input })
  const publish = async (file: object, ...args: string[]) =>
    await vwoHub('publish', ['-', '--yes', '--as', 'ann', ...args], JSON.stringify(file))
  return { ...hubs, vwoHub, publish }
}

const why = ['--reason', 'VWO is down']

describe('vwo-hub publish', () => {
  it('publishes a file by hand, says so loudly until it is undone, and is undone by unpin', async () => {
    const { publish, vwoHub, published, meta, audit, vwo, handle } = await setUp()
    const { code, stdout } = await publish(running(campaigns, 20), ...why)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Published revision \d+: by hand: .*traffic 10 → 20 %/)
    expect(await published()).toContain('"percentTraffic":20')
    expect(await meta()).toMatchObject({
      trigger: 'file',
      pinnedUntil: expect.stringMatching(/^20/) as string,
    })
    expect((await audit()).at(-1)).toMatchObject({ what: 'publish', as: 'ann', reason: 'VWO is down' })

    await vwo.set(running(campaigns, 30))
    await until(meta, ({ waiting }) => waiting !== undefined)
    const status = await vwoHub('status', [])
    expect(status.stdout).toMatch(/^ BY HAND +what is live was published by hand/m)
    const { current } = await handle.read.status()
    expect(current?.trigger).toBe('file')

    await vwoHub('unpin', ['--yes'])
    await until(published, (text) => text?.includes('"percentTraffic":30') === true)
    expect((await vwoHub('status', [])).stdout).not.toContain('BY HAND')
  })

  it('checks it like everything that VWO sends, and needs a reason', async () => {
    const { publish, acts, published, whats } = await setUp()
    const before = await published()
    const broken = { ...settingsFile({ ...account, campaigns: [] }), campaigns: 'none' }
    for (const [file, said] of [
      [broken, /refused: campaigns/],
      [running([], 10), /6 of 6 running campaigns would end: .*nobody has said that this is meant/],
    ] as const) {
      const { code, stderr } = await publish(file, ...why)
      expect([code, stderr]).toEqual([1, expect.stringMatching(said)])
    }
    // Without the command line, of which each call loads an SDK of its own.
    for (const [file, said] of [
      [settingsFile({ accountId: '999', campaigns: [] }), /accountId: expected 123456, got 999/],
      [running(campaigns, 10), /that is live already/],
      [running(campaigns, 20), /the audit needs the reason/],
    ] as const) {
      const publishing = acts.byHand
        .planPublish(Buffer.from(JSON.stringify(file)))
        .then((plan) => acts.byHand.publish(plan, { as: 'ann', isEndingMeant: false, pinForMs: 0 }))
      await expect(publishing).rejects.toThrow(said)
    }
    expect([await published(), await whats()]).toEqual([before, ['publish']])
    expect((await publish(running([], 10), ...why, '--end-campaigns')).code).toBe(0)
  })
})

describe('vwo-hub stop', () => {
  it('publishes what is live without one campaign, and nothing else changes', async () => {
    const { vwoHub, published, meta } = await setUp()
    const { code, stdout } = await vwoHub('stop', ['menu-test', '--yes', ...why])
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/by hand: menu-test is stopped: menu-test: no longer running/),
    ])
    const { campaigns: left } = JSON.parse((await published()) ?? '') as { campaigns: { key: string }[] }
    expect(left.map(({ key }) => key)).toEqual(campaigns.filter((key) => key !== 'menu-test'))
    expect(await meta()).toMatchObject({ trigger: 'stop', pinnedUntil: expect.anything() as string })
  })

  it('names what is nearly of that key', async () => {
    const { vwoHub } = await setUp()
    const { code, stderr } = await vwoHub('stop', ['menu-tset', '--yes', ...why])
    expect([code, stderr]).toEqual([
      1,
      'Cannot stop menu-tset: nothing of that key runs. Did you mean menu-test?\n',
    ])
  })
})

it.each([
  [
    'publish',
    'Expected a settings-file of the same account, or "-" for standard input. Nothing was changed.\n',
  ],
  ['stop', 'Expected the key of a campaign or feature. Nothing was changed.\n'],
])('vwo-hub %s says what it needs where that is not given', async (command, stderr) => {
  expect(await runCommand([command, ...why], { env: { REDIS_URL: server.url } })).toEqual({
    ...{ code: 1, stdout: '', stderr },
  })
})

describe('the admin API', () => {
  it('stops and publishes by hand', async () => {
    const { first, environment, published } = await setUp()
    const post = async (act: string, body: object) => {
      const response = await fetch(`${first.adminUrl}/v1/environments/${environment}/${act}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      })
      return [response.status, await response.json()] as const
    }
    expect(await post('stop', { campaign: 'menu-test' })).toMatchObject([400, {}])
    expect(await post('stop', { campaign: 'menu-test', reason: 'a test' })).toMatchObject([
      200,
      { environment, summary: expect.stringContaining('menu-test is stopped') as string },
    ])
    expect(await post('publish?reason=a+test', running(campaigns, 40))).toMatchObject([200, { environment }])
    expect(await published()).toContain('"percentTraffic":40')
    expect(await post('publish?reason=a+test', { accountId: 1 })).toMatchObject([
      400,
      { error: { code: 'settings-refused' } },
    ])
  })

  it('publishes nothing with a query that is wrong, and says why', async () => {
    const { first, environment, whats } = await setUp()
    for (const [query, said] of [
      ['reason=a+test&pinForMS=86400000', 'pinForMS: there is no such name'],
      ['pinForMs=86400000', 'reason: expected a string, got nothing'],
      ['reason=', 'reason: expected a reason of 1 to 300 characters, got an empty string'],
      ['reason=a+test&as=', 'as: expected a name of 1 to 80 characters, got an empty string'],
      ['reason=a+test&pinForMs=1h', 'pinForMs: expected a number, got NaN'],
      [
        'reason=a+test&pinForMs=10',
        'pinForMs: expected an integer from 1000 to 2592000000 (milliseconds), got 10',
      ],
      ['reason=a+test&endCampaigns=yes', 'endCampaigns: expected true or false, got a string'],
    ] as const) {
      const response = await fetch(`${first.adminUrl}/v1/environments/${environment}/publish?${query}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(running(campaigns, 40)),
      })
      expect([query, response.status, await response.json()]).toEqual([
        query,
        400,
        { error: { code: 'request-invalid', message: `The query: ${said}. Nothing was changed.` } },
      ])
    }
    expect(await whats()).toEqual(['publish'])
  })
})

describe('a settings-file without one of its units', () => {
  it('has no place for it in groups, and is one that the SDK takes', async () => {
    const file = settingsFile({
      ...account,
      campaigns: ['a', 'b', 'c'].map((key) => abTest(key)),
    }) as { campaigns: { id: number; key: string }[] }
    const ids = file.campaigns.map(({ id }) => id)
    const grouped = {
      ...file,
      groups: { 7: { name: 'G', campaigns: ids } },
      campaignGroups: Object.fromEntries(ids.map((id) => [id, 7])),
    }
    const judging = fullstack.open()
    const text = await judging.without(Buffer.from(JSON.stringify(grouped)), 'b')
    const left = ids.filter((_, index) => index !== 1)
    expect(JSON.parse(Buffer.from(text).toString())).toMatchObject({
      groups: { 7: { campaigns: left } },
      campaignGroups: Object.fromEntries(left.map((id) => [id, 7])),
    })
    expect(await judging.judge({ body: text })).toMatchObject({ ok: true, units: 2 })
    await judging.close()
  })

  it('is without a feature where it is one of FME', async () => {
    const judging = fme.open()
    const before = await judging.judge({ body: fme.sample })
    const [{ key }] = (JSON.parse(fme.sample) as { features: [{ key: string }] }).features
    const text = await judging.without(Buffer.from(fme.sample), key)
    expect(before).toMatchObject({ ok: true })
    const after = await judging.judge({ body: text })
    expect(after.ok && before.ok && before.units - after.units).toBe(1)
    await judging.close()
  })
})
