import { createClient } from '@vwo-hub/client'
import { startRedisServer } from '@vwo-hub/sandbox'
import { expect, it, onTestFinished } from 'vitest'
import vwoSdk from 'vwo-node-sdk'
import { runCommand } from '../support/cli.ts'
import { account } from '../support/hub-config.ts'
import { startHubs } from '../support/hubs.ts'
import { abTest, settingsFile } from '../support/settings-file.ts'
import { until } from '../support/until.ts'

const checkout = 'checkout'
const others = Array.from({ length: 10 }, (_, index) => `campaign-${index + 1}`)
const traffic = (percent: number, keys: readonly string[] = others) => {
  const campaigns = [abTest(checkout, { percentTraffic: percent }), ...keys.map((key) => abTest(key))]
  return settingsFile({ ...account, campaigns })
}
const ann = ['--yes', '--as', 'ann', '--reason', 'checkout is broken']

/** A hub with a VWO, an app, and the two places where people look. What Redis has is on a disk. */
async function setUp() {
  const redis = await startRedisServer({ args: ['--appendonly', 'yes'] })
  onTestFinished(redis.close)
  const hubs = await startHubs({ url: redis.url, settings: traffic(90) })
  onTestFinished(hubs.close)
  const { environment } = hubs
  const app = createClient({ environment, redis: redis.url, sdk: vwoSdk })
  onTestFinished(app.close)
  await app.ready()
  return {
    ...hubs,
    app,
    redisServer: redis,
    /** What a command prints and how it ends. */
    async vwoHub(command: string, ...args: string[]) {
      const env = { REDIS_URL: redis.url }
      const { code, stdout, stderr } = await runCommand([command, environment, ...args], { env })
      return `${stdout}${stderr}(${code})`
    },
    /** What the page says, without its marks. */
    async page() {
      const html = await (await fetch(`${hubs.first.adminUrl}/environments/${environment}`)).text()
      return html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
    },
    /** Changes it at VWO, and waits until a hub has dealt with that. */
    async change(percent: number, keys?: readonly string[]) {
      const { requested = '0' } = await hubs.refresh()
      await hubs.vwo.set(traffic(percent, keys))
      await until(hubs.refresh, ({ completed = '0' }) => Number(completed) > Number(requested))
      await hubs.settled()
    },
    /** Waits until the app has what is published. */
    async everywhere() {
      const { revision } = await hubs.meta()
      await until(
        () => app.status.revision,
        (seen) => seen === Number(revision),
      )
    },
  }
}

it('a whole incident: what commands and page say is true at each moment', async () => {
  const { vwoHub, page, change, everywhere, environment, app, vwo, redisServer, meta, settled, redis, keys } =
    await setUp()

  // A bad change goes out: what, since when, how far, and why a user sees nothing.
  await change(0)
  await everywhere()
  const bad = (await meta())['revision'] ?? ''
  await until(page, (text) => text.includes('Every node decides with the newest revision.'))
  expect(await page()).toContain(`What changed: checkout: traffic 90 → 0 %`)
  expect(await vwoHub('status')).toMatch(
    new RegExp(`^revision +${bad}, .*, by webhook$[^]*^nodes +1 of 1 node on revision ${bad}`, 'm'),
  )
  expect(await vwoHub('history')).toMatch(
    new RegExp(`^${bad} \\*.* webhook .* checkout: traffic 90 → 0 %`, 'm'),
  )
  expect(await vwoHub('explain', checkout, 'user-1')).toMatch(
    /no variation[^]*takes 0 % of them[^]*: out\.\n\(1\)$/,
  )

  // Pictures over time are made of what hubs keep: a sample of the minute, and how fast it came.
  await until(
    () => Promise.all([redis.xlen(keys.minutes), redis.hexists(keys.spread, bad)]),
    ([minutes, spread]) => minutes > 0 && spread === 1,
  )

  // Undone: said by command, status and page, with who and why, and until when.
  expect(await vwoHub('rollback', ...ann)).toMatch(
    /back to revision \d+ .*: checkout: traffic 0 → 90 %\nPINNED until/,
  )
  await everywhere()
  expect(app.getVariationName(checkout, 'user-1')).not.toBeNull()
  expect(await vwoHub('status')).toMatch(/^ PINNED [^]*traffic 0 → 90 % \(ann: checkout is broken\)\n/)
  await until(page, (text) => /by rollback of ann/.test(text))
  expect(await page()).toMatch(/ Pinned Until .* VWO has something else, which waits: what was rolled back\./)

  // It stays undone, whatever VWO sends, and what waits can be seen.
  await change(0, others.slice(1))
  expect((await meta())['revision']).not.toBe(bad)
  expect(await vwoHub('status')).toContain(`vwo-hub diff ${environment} latest waiting`)
  expect(await vwoHub('diff', 'latest', 'waiting')).toMatch(
    /→ waiting \(not published\)[^]*checkout\n +traffic 90 → 0 %[^]*campaign-1\n +no longer running/,
  )
  await until(page, (text) =>
    text.includes('which waits: checkout: traffic 90 → 0 %; campaign-1: no longer running'),
  )

  // Redis goes away in the middle: nobody claims to know what is now, and apps go on.
  await redisServer.kill()
  expect(await vwoHub('status')).toMatch(/^Cannot reach Redis at .*\(2\)$/s)
  await until(page, (text) => text.includes('Redis does not answer.'))
  const away = await page()
  expect(away).toMatch(/Apps go on deciding with the settings that they have\. Everything here is of .* ago/)
  expect(away).not.toMatch(/Everywhere|Every node|none reporting/)
  expect(app.getVariationName(checkout, 'user-1')).not.toBeNull()
  await redisServer.restart({ keepData: true })
  await until(page, (text) => !text.includes('Redis does not answer.'))
  expect(await page()).toMatch(/ Pinned Until .* which waits: checkout: traffic 90 → 0 %/)
  expect(await vwoHub('status')).toMatch(/^ PINNED /)

  // VWO is mended, and the pin taken away: what VWO has is live.
  await change(95)
  expect(await vwoHub('unpin', ...ann.slice(0, 3))).toMatch(
    /^Unpinned\. Published revision \d+: checkout: traffic 90 → 95 %/,
  )
  await everywhere()
  await until(page, (text) => text.includes('Every node decides with the newest revision.'))
  expect(await page()).not.toMatch(/Pinned Until|which waits/)

  // By mistake nearly everything ends at VWO: it is held back, and the way to keep it out comes first.
  const good = (await meta())['revision']
  await change(95, others.slice(0, 2))
  expect((await meta())['revision']).toBe(good)
  const held = await vwoHub('status')
  expect(held).toMatch(/^ HELD [^]*campaigns would end/)
  expect(held.indexOf(`vwo-hub pin ${environment}`)).toBeGreaterThan(0)
  expect(held.indexOf(`vwo-hub pin ${environment}`)).toBeLessThan(held.indexOf('vwo-hub release'))
  expect(await vwoHub('diff', 'latest', 'held')).toMatch(
    /→ held \(not published\)[^]*campaign-10\n +no longer running/,
  )
  await until(page, (text) => /Held back .*campaigns would end/.test(text))
  expect(await vwoHub('release', ...ann)).toMatch(/campaign-3: no longer running/)
  expect(await vwoHub('status')).toMatch(
    /publish .*campaign-3: no longer running[^]*release .*\(ann: checkout is broken\)/,
  )
  await until(page, (text) => text.includes('Every node decides with the newest revision.'))

  // VWO goes away, and a campaign has to be stopped without it.
  await settled()
  vwo.fault({ kind: 'status', status: 503 })
  expect(await vwoHub('refresh')).toMatch(/^VWO was asked in vain.*expected status 200, got 503.*\(1\)$/s)
  expect(await vwoHub('status')).toContain(
    'VWO does not answer; it is asked again. The last good revision stays live.',
  )
  await until(page, (text) => text.includes('VWO does not answer; it is asked again.'))
  expect(await vwoHub('stop', checkout, ...ann)).toMatch(/by hand: checkout is stopped[^]*\nPINNED until/)
  await everywhere()
  expect(app.getVariationName(checkout, 'user-1')).toBeNull()
  expect(await vwoHub('status')).toMatch(/^ PINNED /)
  await until(page, (text) => text.includes('by hand'))

  // VWO is back, and what was done by hand is undone: its own settings are live again.
  vwo.clearFaults()
  expect(await vwoHub('unpin', ...ann.slice(0, 3))).toContain('Unpinned.')
  await until(
    () => redis.get(keys.settings),
    (text) => text?.includes('"checkout"') === true,
  )
})
