import { type SettingsFile, findSettingsFault } from '@vwo-hub/protocol/fullstack'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { summariseChange } from '../../packages/hub/dist/product/fullstack/summary/summary.js'
import { SUMMARY_LIMIT } from '../../packages/hub/dist/product/summary/one-line.js'
import { anyText } from '../support/any-text.ts'
import { campaign, file } from '../support/running-campaigns.ts'
import { runs } from '../support/runs.ts'

const isSettingsFile = (value: unknown): value is SettingsFile => findSettingsFault(value) === undefined

const read = (settings: string): SettingsFile => {
  const value: unknown = JSON.parse(settings)
  if (!isSettingsFile(value)) throw new Error('the generator is wrong')
  return value
}

describe('given hostile names', () => {
  it('leaves no control character, line break or change of direction, and nothing that begins a sentence of its own', () => {
    const previous = file([campaign(1)])
    const next = file([campaign(1, { key: '\u001B[31mred\r\n2025: x: no longer running; \u202Eabc' })])
    const { summary } = summariseChange(previous, next)
    expect(summary).toBe(
      '"�[31mred��2025: x: no longer running; �abc": key "campaign-1" → "\\u001b[31mred\\r\\n2025: x: no longer running; �abc"',
    )
  })
})

describe('given many changes', () => {
  it('keeps the line within its limit, says how many are left out, and lists all of them', () => {
    const campaigns = Array.from({ length: 500 }, (_, index) => campaign(index))
    const changed = campaigns.slice(0, 490).map(({ id }) => campaign(Number(id), { percentTraffic: 51 }))
    const { summary, changes } = summariseChange(file(campaigns), file(changed))
    expect(changes).toHaveLength(500)
    expect(summary.length).toBeLessThanOrEqual(SUMMARY_LIMIT)
    const [, count] =
      /^campaign-0: traffic 50 → 51 %; .* … and (\d+) more \(10 no longer there\)$/.exec(summary) ?? []
    const shown = summary.split(';').length
    expect(Number(count)).toBe(500 - shown)
  })

  it('takes no more comparisons for a list in reverse order than for one in the same order', () => {
    const campaigns = Array.from({ length: 500 }, (_, index) => campaign(index))
    let reads = 0
    const counting = campaigns.map(
      (each) =>
        new Proxy(each, {
          get(target, name) {
            if (name === 'id') reads += 1
            return Reflect.get(target, name) as unknown
          },
        }),
    )
    summariseChange(file(counting), file(campaigns.toReversed()))
    expect(reads).toBeLessThan(5 * 500)
  })
})

describe('for any two settings-files that the schema accepts', () => {
  const text = fc.oneof(
    anyText({ maxLength: 400 }),
    fc.constantFrom('__proto__', 'constructor', '', '\n', '\u001B[2J', '\uD800', 'a: b; c', '…'),
  )
  const number = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }))
  const id = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('1', 'x'))
  const loose = <T>(known: fc.Arbitrary<T>) =>
    fc
      .tuple(fc.dictionary(text, fc.jsonValue({ depthSize: 'small' }), { maxKeys: 2 }), known)
      .map(([extra, fields]): T => Object.assign(extra, fields))
  const json = fc.jsonValue({ depthSize: 'small' })
  const segment = fc.letrec<{ node: Record<string, unknown> }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      fc.constant({}),
      fc.record({ user: text }),
      fc.record({ custom_variable: fc.dictionary(text, json, { maxKeys: 2 }) }),
      fc.record({ and: fc.oneof(fc.array(tie('node'), { maxLength: 3 }), json) }),
      fc.record({ or: fc.array(tie('node'), { maxLength: 3 }) }),
      fc.record({ not: tie('node') }),
      fc.dictionary(text, json, { maxKeys: 2 }),
    ),
  })).node
  const variables = fc.array(loose(fc.record({ id, type: text, key: text, value: json })), { maxLength: 3 })
  const variations = fc.array(
    loose(
      fc.record(
        {
          id,
          name: text,
          weight: number,
          changes: json,
          segments: segment,
          variables,
          isFeatureEnabled: fc.boolean(),
        },
        { requiredKeys: ['id', 'name', 'weight'] },
      ),
    ),
    { maxLength: 3 },
  )
  const goals = fc.array(loose(fc.record({ id, identifier: text, type: text })), { maxLength: 2 })
  const campaigns = fc.array(
    loose(
      fc.record(
        {
          id,
          type: text,
          key: text,
          status: text,
          percentTraffic: number,
          goals,
          variations,
          variables,
          segments: segment,
          isMAB: fc.boolean(),
        },
        {
          requiredKeys: ['id', 'type', 'key', 'status', 'percentTraffic', 'goals', 'variations', 'segments'],
        },
      ),
    ),
    { maxLength: 4 },
  )
  const group = loose(fc.record({ campaigns: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }) }))
  const settingsText = loose(
    fc.record(
      {
        version: number,
        accountId: id,
        campaigns,
        sdkKey: fc.constantFrom('secret-1', 'secret-2'),
        groups: fc.dictionary(fc.constantFrom('1', '2', '__proto__'), group),
      },
      { requiredKeys: ['version', 'accountId', 'campaigns'] },
    ),
  )
    .map((value) => JSON.stringify(value))
    // Inner names such as __proto__ mean something else to the schema than to the generator.
    .filter((sent) => isSettingsFile(JSON.parse(sent)))
  const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

  it('answers with bounded single lines, without control characters and without the sdkKey', () => {
    fc.assert(
      fc.property(settingsText, settingsText, (previous, next) => {
        const { summary, changes } = summariseChange(read(previous), read(next))
        expect(summary.length).toBeLessThanOrEqual(SUMMARY_LIMIT)
        for (const line of [summary, ...changes.flatMap(({ subject, text: words }) => [subject, words])]) {
          expect(line).not.toBe('')
          expect(line).not.toMatch(unprintable)
          expect(line).not.toMatch(/secret-\d/)
          expect(line.length).toBeLessThanOrEqual(SUMMARY_LIMIT)
        }
      }),
      { numRuns: runs(250) },
    )
  })

  it('finds nothing between a file and its copy', () => {
    fc.assert(
      fc.property(settingsText, (settings) => {
        expect(summariseChange(read(settings), read(settings)).changes).toEqual([])
      }),
      { numRuns: runs(100) },
    )
  })
})

describe('given nesting past what the stack holds', () => {
  it('claims a change instead of failing', () => {
    const depth = 100_000
    const nested = () => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown
    const withExtra = () => file([campaign(1, { extra: nested(), segments: { and: nested() } })])
    const { summary } = summariseChange(withExtra(), withExtra())
    expect(summary).toBe('campaign-1: segment changed, extra changed')
  })

  it('shows the beginning of a segment only', () => {
    const depth = 100_000
    const text = JSON.stringify(file([campaign(1, { segments: { nested: true } })]))
    const next = read(text.replace('{"nested":true}', `${'{"not":'.repeat(depth)}{}${'}'.repeat(depth)}`))
    const { summary } = summariseChange(file([campaign(1)]), next)
    expect(summary).toBe('campaign-1: segment all users → not not not not not not …')
  })
})
