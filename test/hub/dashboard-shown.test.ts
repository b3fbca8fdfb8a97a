import { describe, expect, it } from 'vitest'
import { hiddenFields, revisionsOf, visitHubs } from '../support/browser-by-hand.ts'
import { running } from '../support/hubs.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { until } from '../support/until.ts'

const shared = await redisForFile()
const HOUR_MS = 3_600_000

describe('a form about a pin', () => {
  it.each(['pin', 'unpin'])('does nothing about another revision than the one it showed: %s', async (act) => {
    const { hubs, browser, page } = await visitHubs(shared, { settings: running(['a'], 10) })
    await hubs.vwo.set(running(['a'], 20))
    await until(hubs.whats, (whats) => whats.length === 2)
    if (act === 'unpin') await hubs.acts.pin({ as: 'ann', forMs: HOUR_MS })
    await browser.logIn()
    const csrf = await browser.csrf(page)
    const form = (shown: string) => ({ csrf, forMs: '60000', as: 'ann', ...hiddenFields(shown) })
    const shown = await browser.read(`${page}/${act}`)

    // The pin that there is lasts longer, and stays as it is.
    await hubs.acts.rollback(await hubs.acts.planRollback(), { as: 'ben', pinForMs: 60_000 })
    const before = await hubs.meta()
    const refused = await browser.post(`${page}/${act}`, form(shown))
    const asked = await refused.text()
    expect([refused.status, await hubs.meta()]).toEqual([409, before])
    expect(asked).toMatch(/has been published.* meanwhile\. Look at it first\./)
    expect((await browser.post(`${page}/${act}`, form(asked))).status).toBe(303)
    expect(await hubs.whats(act)).toEqual(act === 'pin' ? ['pin'] : ['unpin'])
  })

  it('ends no other pin than the one it showed', async () => {
    const { hubs, browser, page } = await visitHubs(shared, { settings: running(['a'], 10) })
    await hubs.acts.pin({ as: 'ann', forMs: 60_000 })
    await browser.logIn()
    const csrf = await browser.csrf(page)
    const shown = hiddenFields(await browser.read(`${page}/unpin`))
    const { pinnedUntil } = await hubs.acts.pin({ as: 'ben', forMs: HOUR_MS })
    expect((await browser.post(`${page}/unpin`, { csrf, as: 'ann', ...shown })).status).toBe(409)
    expect(await hubs.meta()).toMatchObject({ pinnedUntil })
  })
})

it('what is published by hand is pinned for as long as was chosen before it was shown', async () => {
  const { hubs, browser, page } = await visitHubs(shared, { settings: running(['a', 'b'], 10) })
  await browser.logIn()
  const form = { csrf: await browser.csrf(page), as: 'ann', reason: 'b is broken', campaign: 'b' }
  const shown = await (await browser.post(`${page}/stop`, { ...form, forMs: String(168 * HOUR_MS) })).text()
  const [, forMs = ''] = /<option value="(\d+)" selected/.exec(shown) ?? []
  expect((await browser.post(`${page}/stop`, { ...form, ...hiddenFields(shown), forMs })).status).toBe(303)
  const { pinnedUntil = '' } = await hubs.meta()
  expect(Date.parse(pinnedUntil) - Date.now()).toBeGreaterThan(167 * HOUR_MS)
})

it('a comparison with any revision says to which one its button leads', async () => {
  const { hubs, browser, page } = await visitHubs(shared, { settings: running(['a'], 10) })
  for (const changes of [1, 2]) {
    await hubs.vwo.set(running(['a'], 10 + changes))
    await until(hubs.whats, (whats) => whats.length === 1 + changes)
  }
  await browser.logIn()
  const [, previous, oldest] = await revisionsOf(hubs)
  const at = async (query: string) => await browser.read(`${page}/revisions/latest${query}`)
  expect(await at('')).toContain(`rollback?to=${previous}">Roll back to the one before…</a>`)
  expect(await at(`?against=${oldest}`)).toContain(
    `rollback?to=${oldest}">Roll back to revision ${oldest}…</a>`,
  )
})
