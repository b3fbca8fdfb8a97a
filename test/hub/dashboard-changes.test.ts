import { describe, expect, it } from 'vitest'
import type { RevisionEntry } from '../../packages/hub/dist/environment/read-history.js'
import type { Change } from '../../packages/hub/dist/product/product.js'
import { configOf, environmentOf, setUpAdmin, status } from '../support/admin-app.ts'

const wordsOf = (page: string) => page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')

describe('a diff of 400 changes', () => {
  const changes: Change[] = Array.from({ length: 400 }, (_, index) => ({
    subject: `campaign-${index}`,
    kind: index < 3 ? 'added' : index >= 390 ? 'removed' : 'changed',
    text: index === 200 ? 'segment all users → plan = "gold"' : 'traffic 10 → 20 %',
  }))
  const diff = { environment: 'prod', from: 6, to: 7, isSame: false, summary: '', changes }
  const ask = setUpAdmin({ environments: [environmentOf(configOf('prod'), { diff: async () => diff })] })
  const shown = async (query: Record<string, string> = {}) => {
    const asked = new URLSearchParams({ against: '6', ...query })
    const page = await (await ask(`/environments/prod/revisions/7?${asked.toString()}`)).text()
    return page.slice(page.indexOf('<p id="changes"'))
  }
  const subjectsIn = (page: string) => page.match(/campaign-\d+/g) ?? []

  it('begins with how much of what changed, and shows fifty of them', async () => {
    const page = await shown()
    expect(wordsOf(page)).toMatch(/^ ?3 new, 387 changed, 10 gone: 400 changes/)
    expect(subjectsIn(page)).toHaveLength(50)
    expect(page).toContain('href="7?against=6&amp;page=2#changes"')
  })

  it('is searched by kind and by text, and stays against the same revision', async () => {
    expect(subjectsIn(await shown({ kind: 'removed' }))).toHaveLength(10)
    expect(subjectsIn(await shown({ q: 'GOLD' }))).toEqual(['campaign-200'])
    expect(subjectsIn(await shown({ page: '8' }))[0]).toBe('campaign-350')
    expect(await shown({ q: '"><script>' })).toContain('value="&quot;&gt;&lt;script&gt;"')
    expect(await shown()).toContain('name="against" value="6"')
    expect(await shown({ q: 'nowhere', page: '2' })).toContain('<a href="7?against=6#changes">Show all</a>')
  })
})

describe('the history', () => {
  it('has one line for each revision, led by what it changed, and its acts in a menu', async () => {
    const entry = (revision: number, summary: string | undefined) => ({
      ...{
        revision,
        summary,
        isCurrent: revision === 3,
        isListed: true,
        publishedAt: new Date(revision).toISOString(),
      },
      ...{
        bytes: 10,
        product: 'fullstack',
        campaigns: 1,
        trigger: 'webhook',
        contentOf: undefined,
        as: 'ann',
        reason: 'why',
        spread: undefined,
      },
    })
    const history: RevisionEntry[] = [
      entry(3, 'back to revision 1 (2025-11-24T16:00:00.000Z): a: traffic 1 → 2 %'),
      entry(2, undefined),
      entry(1, 'first'),
    ]
    const prod = environmentOf(configOf('prod'), {
      status: async () => ({ ...status, now: new Date(60_003).toISOString() }),
      history: async () => history,
    })
    const page = await (await setUpAdmin({ environments: [prod] })('/environments/prod')).text()
    const [, list = ''] = /<h2 id="history-title">(.*?)<\/section>/s.exec(page) ?? []
    const items = list.split('<li').slice(1)
    expect(
      items.map((item) =>
        wordsOf(item.split('<details')[0] ?? '')
          .replace(/^.*?> /, '')
          .trim(),
      ),
    ).toEqual([
      'What changed: rolled back: a: traffic 1 → 2 % live 1 min ago , by webhook',
      'What changed: not known any more 1 min ago , by webhook',
      'first 1 min ago , by webhook',
    ])
    expect(items.map((item) => /href="([^"]*)"/.exec(item.split('<details')[1] ?? '')?.[1])).toEqual([
      undefined,
      '../environments/prod/rollback?to=2',
      '../environments/prod/rollback?to=1',
    ])
  })
})
