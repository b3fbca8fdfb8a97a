import { normaliseSettings } from '@vwo-hub/protocol/fullstack'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCandidate } from '../../packages/hub/dist/product/judge/read-candidate.js'
import { settingsPairs } from '../support/settings-arbitrary.ts'
import { abTest, settingsFile } from '../support/settings-file.ts'
import { runs } from '../support/runs.ts'

const read = (text: string, ...before: [Parameters<typeof readCandidate>[3]?]) =>
  readCandidate(Buffer.from(text), 1_000_000, normaliseSettings, ...before)

/** What is read of a text when nothing of it is known, and no campaign is taken by itself. */
function whole(text: string): unknown {
  // A name of the root with an escape in it: it could say "campaigns" as well.
  const alone = read(text.replace(/^\{/, String.raw`{"\u0071q":0,`))
  if (!alone.ok) return { ok: false }
  const { qq: _, ...value } = alone.value as Record<string, unknown>
  return { ok: true, value }
}

function told(answer: ReturnType<typeof readCandidate>): unknown {
  return answer.ok ? { ok: true, value: answer.value } : { ok: false }
}

function known(text: string) {
  const before = read(text)
  if (!before.ok) throw new Error(before.why)
  return before.campaigns
}

/** Pieces that change what a text means, or that it means anything. */
const piece = fc.constantFrom(
  ...['{', '}', '[', ']', ',', ':', '"', '\\', ' ', '\n', '0', 'null', '{}', 'é', '😀', '\u0000', '1e999'],
  ...['"campaigns":[],', '"campaigns":[{}],', '"campaigns":null,', '"campaigns" : [', '"__proto__":1,'],
  ...[String.raw`"\u0063ampaigns":[],`, '"x":"campaigns",'],
)

describe('a settings-file that is read after another one', () => {
  it('is what it is by itself, or is refused as it is by itself, wherever it was changed', () => {
    const outcomes = { read: 0, refused: 0 }
    fc.assert(
      fc.property(
        settingsPairs,
        fc.boolean(),
        fc.array(fc.tuple(fc.nat(), fc.nat(3), piece), { maxLength: 2 }),
        fc.constantFrom(undefined, 1, '\t'),
        ([before, other], isEdit, edits, space) => {
          const text = JSON.stringify(before, undefined, space)
          const next = edits.reduce(
            (so, [at, length, inserted]) => {
              const place = at % (so.length + 1)
              return so.slice(0, place) + inserted + so.slice(place + length)
            },
            JSON.stringify(isEdit ? before : other, undefined, space),
          )
          const answer = read(next, known(text))
          expect(told(answer)).toEqual(whole(next))
          if (answer.ok) outcomes.read += 1
          // Also in the words: nothing is known of it, or everything.
          else expect(answer).toEqual(read(next))
          if (!answer.ok) outcomes.refused += 1
        },
      ),
      { numRuns: runs(2000) },
    )
    expect(outcomes.read).toBeGreaterThan(200)
    expect(outcomes.refused).toBeGreaterThan(200)
  })

  it('has the campaigns of the one before that it has to the letter, wherever they stand, and no other', () => {
    const [a, b, c] = [abTest('a'), abTest('b', { name: 'é' }), abTest('c')]
    const file = (version: number, ...campaigns: object[]) =>
      JSON.stringify({ ...settingsFile(), version, campaigns })
    const before = read(file(1, a, b, c))
    const after = read(file(2, abTest('new'), c, { ...a, percentTraffic: 7 }, b), known(file(1, a, b, c)))
    if (!before.ok || !after.ok) throw new Error('expected two settings-files')
    const again = read(file(3, c, b), after.campaigns)
    if (!again.ok) throw new Error(again.why)
    const campaignsOf = ({ value }: { value: unknown }) => (value as { campaigns: object[] }).campaigns
    expect(campaignsOf(again)[0]).toBe(campaignsOf(after)[1])
    expect(campaignsOf(again)[1]).toBe(campaignsOf(after)[3])
    expect(campaignsOf(after)[2]).toEqual({ ...a, percentTraffic: 7 })
  })
})
