import { describe, expect, it } from 'vitest'
import { runCommand } from '../support/cli.ts'
import { running, startHubs } from '../support/hubs.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

const campaigns = Array.from({ length: 10 }, (_, index) => `campaign-${index + 1}`)
const before = running(campaigns.slice(0, 1), 10)

async function setUp(settings: object = before) {
  const hubs = await startHubs({ url: server.url, settings })
  cleanUps.push(hubs.close)
  const { environment } = hubs
  const firstRevision = Number((await hubs.meta())['revision'])
  const published = async (part: string) =>
    await until(hubs.published, (text) => text?.includes(part) === true)
  return {
    ...hubs,
    firstRevision,
    publishedWith: published,
    /** Changes it at VWO and waits until it is published. */
    change: async () => {
      await hubs.vwo.set(running(campaigns.slice(0, 1), 20))
      await published('"percentTraffic":20')
      await hubs.settled()
    },
    closeHubs: async () => {
      await Promise.all(hubs.hubs.map((hub) => hub.close()))
    },
    vwoHub: async (command: string, ...args: string[]) =>
      await runCommand([command, environment, ...args], { env: { REDIS_URL: server.url } }),
    /** The same, typed at a terminal. */
    typed: async (answer: string, command: string, ...args: string[]) => {
      return await runCommand([command, environment, ...args], {
        env: { REDIS_URL: server.url },
        input: answer,
        isTerminal: true,
      })
    },
  }
}

describe('vwo-hub rollback', () => {
  it('says what is published now, and loudly that it is pinned', async () => {
    const { change, vwoHub, published, audit, environment, firstRevision, meta } = await setUp()
    await change()
    const { code, stdout, stderr } = await vwoHub(
      'rollback',
      ...['--yes', '--as', 'ann', '--reason', 'checkout is broken'],
    )
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(
      new RegExp(
        `^Published revision \\d+: back to revision ${firstRevision} \\(.*\\): campaign-1: traffic 20 → 10 %\n` +
          `PINNED until .*: nothing that VWO sends is published before. To end it: vwo-hub unpin ${environment}\n` +
          `.*: vwo-hub nodes ${environment} --wait\n$`,
      ),
    )
    expect(await published()).toContain('"percentTraffic":10')
    expect((await audit()).at(-1)).toMatchObject({
      what: 'rollback',
      as: 'ann',
      reason: 'checkout is broken',
    })
    const status = await vwoHub('status')
    expect(status.stdout.split('\n')[0]).toMatch(
      new RegExp(
        `^ PINNED   until .* \\(in (?:59 min|1 h)\\) nothing that VWO sends is published.*unpin ${environment}$`,
      ),
    )
    expect(status.stdout).toContain(`by rollback to ${firstRevision}`)
    expect(await meta()).toHaveProperty('pinnedUntil')
  })

  it('asks nobody where there is no terminal: it is refused without --yes, having said what it would do', async () => {
    const { change, vwoHub, published, whats, environment } = await setUp()
    await change()
    const { code, stdout, stderr } = await vwoHub('rollback')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`Roll back "${environment}" from revision`)
    expect(stderr).toContain('campaign-1: traffic 20 → 10 %')
    expect(stderr).toMatch(/Expected --yes, .* Nothing was changed\.\n$/)
    expect(await published()).toContain('"percentTraffic":20')
    expect(await whats('rollback')).toEqual([])
  })

  it('asks on a terminal', async () => {
    const { change, typed, published, environment } = await setUp()
    await change()
    const refused = await typed('n\n', 'rollback')
    expect([refused.code, refused.stdout]).toEqual([1, ''])
    expect(refused.stderr).toMatch(/Continue\? \[y\/N\] Nothing was changed\.\n$/)
    expect(await published()).toContain('"percentTraffic":20')
    const done = await typed('Y\n', 'rollback', '--no-pin', '--json')
    expect(done.code).toBe(0)
    expect(done.stderr).toContain('It is NOT pinned then')
    expect(JSON.parse(done.stdout)).toMatchObject({ environment })
    expect(await published()).toContain('"percentTraffic":10')
  })

  it('takes a revision by name, and how long to pin', async () => {
    const { change, vwoHub, firstRevision } = await setUp()
    await change()
    const { code, stdout } = await vwoHub('rollback', '~1', '--pin-for', '2h', '--yes', '--json')
    const done = JSON.parse(stdout) as { contentOf: number; pinnedUntil: string }
    expect([code, done.contentOf]).toEqual([0, firstRevision])
    expect(Date.parse(done.pinnedUntil) - Date.now()).toBeGreaterThan(7_100_000)
  })

  it('is not certain without a name past what was rolled back from: --yes alone does not do it', async () => {
    const { change, vwoHub, typed, vwo, publishedWith, settled, published } = await setUp()
    await change()
    await vwoHub('rollback', '--yes', '--no-pin')
    await vwo.post()
    await publishedWith('"percentTraffic":20')
    await settled()
    await vwo.set(running(campaigns.slice(0, 1), 30))
    await publishedWith('"percentTraffic":30')
    await settled()
    const { code, stderr } = await vwoHub('rollback', '--yes')
    expect(code).toBe(1)
    expect(stderr).toMatch(/Passed over: revision \d+, .* Nothing was changed\.\n$/)
    expect(await published()).toContain('"percentTraffic":30')
    const asked = await typed('y\n', 'rollback')
    expect(asked.stderr).toMatch(/live from .* until .*\nPassed over: revision/)
    expect(await published()).toContain('"percentTraffic":10')
  })

  it('says no to what there is not', async () => {
    const { vwoHub, environment } = await setUp()
    const [none, unknown] = [await vwoHub('rollback', '--yes'), await vwoHub('rollback', '42', '--yes')]
    expect(none).toEqual({
      code: 1,
      stdout: '',
      stderr: `Cannot roll back "${environment}": no earlier revision is kept that nobody has rolled back from. Nothing was changed.\n`,
    })
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringContaining('Cannot find revision "42"') as string,
    ])
  })
})

describe('vwo-hub pin and unpin', () => {
  it('work while no hub runs, and say who did it by the login name', async () => {
    const { vwoHub, closeHubs, meta, refresh, audit } = await setUp()
    await closeHubs()
    const { requested } = await refresh()
    const pinned = await vwoHub('pin', '--for', '15m', '--yes')
    expect([pinned.code, pinned.stdout]).toEqual([0, expect.stringMatching(/^PINNED until /) as string])
    expect(Date.parse((await meta())['pinnedUntil'] ?? '') - Date.now()).toBeGreaterThan(890_000)
    const unpinned = await vwoHub('unpin', '--yes')
    expect(unpinned).toMatchObject({
      code: 0,
      stdout: `Unpinned. Recorded as ticket ${Number(requested) + 1}, but no hub is alive. The first one that starts does it.\n`,
    })
    expect(await meta()).not.toHaveProperty('pinnedUntil')
    expect((await audit()).slice(-2)).toMatchObject([
      { what: 'pin', as: expect.stringMatching(/./) as string },
      { what: 'unpin' },
    ])
  })

  it('ask about the revision that is live, and do it for yes alone', async () => {
    const { typed, firstRevision, meta } = await setUp()
    for (const answer of ['n\n', '\n', 'yes please\n'])
      expect(await typed(answer, 'pin', '--for', '15m')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`Pin revision ${firstRevision} of `) as string,
      })
    expect(await meta()).not.toHaveProperty('pinnedUntil')
  })

  it('show what waits meanwhile, and what the refresh after it came to', async () => {
    const { vwoHub, vwo, meta, typed } = await setUp()
    await vwoHub('pin', '--for', '1h', '--yes')
    await vwo.set(running(campaigns.slice(0, 1), 20))
    await until(meta, ({ waiting }) => waiting !== undefined)
    const status = await vwoHub('status')
    expect(status.stdout).toContain('VWO has something else, which waits: campaign-1: traffic 10 → 20 %.')
    expect((await vwoHub('refresh')).stdout).toBe(
      'VWO was asked, but its answer waits for the end of the pin: campaign-1: traffic 10 → 20 %\n',
    )
    expect(await typed('n\n', 'unpin')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /what VWO has is published.*:\n {2}campaign-1: traffic 10 → 20 %\n/,
      ) as string,
    })
    const { code, stdout } = await vwoHub('unpin', '--yes')
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^Unpinned\. Published revision \d+: campaign-1: traffic 10 → 20 %\n$/) as string,
    ])
  })

  it.each([
    [['pin', '--yes'], "error: required option '--for <duration>' not specified\n"],
    [
      ['pin', '--for', '2x', '--yes'],
      "error: option '--for <duration>' argument '2x' is invalid. expected a duration from 1s to 30d, such as 30s, 15m, 2h or 1d.\n",
    ],
  ])('refuse %j', async (args, stderr) => {
    expect(await runCommand(args)).toEqual({ code: 2, stdout: '', stderr })
  })
})

describe('vwo-hub release', () => {
  it('publishes what the guard holds back, which the status has shown before everything else', async () => {
    const { vwoHub, vwo, meta, environment, keys, redis, publishedWith } = await setUp(running(campaigns))
    expect((await vwoHub('release', '--yes')).stderr).toBe(
      `Cannot release "${environment}": nothing is held back. Nothing was changed.\n`,
    )
    await vwo.set(running(campaigns.slice(0, 2), 30))
    await until(meta, ({ held }) => held !== undefined)
    const status = await vwoHub('status')
    expect(status.stdout.split('\n')[0]).toMatch(
      /^ HELD BACK  .*: 8 of 10 running campaigns would end: .*Released by itself in [45] min\. What would change: vwo-hub diff \S+ latest held\. Whom it moves: vwo-hub preview held \S+\. To keep it out: vwo-hub pin .* To publish it now: vwo-hub release/,
    )
    const diff = await vwoHub('diff', 'latest', 'held')
    expect([diff.code, diff.stdout]).toEqual([
      1,
      expect.stringMatching(
        / → held \(not published\)\n[^]*\ncampaign-10\n {2}no longer running\n/,
      ) as string,
    ])
    const shown = JSON.parse((await vwoHub('show', 'held', '--json')).stdout) as object
    expect(shown).toMatchObject({ revision: 'held', settings: running(campaigns.slice(0, 2), 30) })
    const env = { REDIS_URL: server.url }
    const preview = await runCommand(['preview', 'held', environment, '--users', '-'], {
      env,
      input: 'ann\nbob\n',
    })
    expect([preview.code, preview.stdout]).toEqual([
      0,
      expect.stringMatching(/ → held\n[^]*campaign-10 \(gone\): 100\.0 % of users move/) as string,
    ])
    // A hub of an older version has not kept it.
    await redis.del(keys.candidate)
    expect((await vwoHub('diff', 'latest', 'held')).stderr).toBe(
      `Cannot read "held" of "${environment}": the hub that has fetched it is of a version that does not keep it. ` +
        `A newer one does with its next fetch: vwo-hub refresh ${environment}\n`,
    )
    expect((await vwoHub('diff', 'latest', 'waiting')).stderr).toBe(
      `Cannot find "waiting" of "${environment}": nothing waits for the end of a pin. What VWO has is "held".\n`,
    )
    const { code, stdout } = await vwoHub('release', '--yes', '--reason', 'they are over')
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^Released\. Published revision \d+: /) as string,
    ])
    await publishedWith('"percentTraffic":30')
    expect((await vwoHub('diff', 'latest', 'held')).stderr).toBe(
      `Cannot find "held" of "${environment}": nothing is held back.\n`,
    )
  })
})
