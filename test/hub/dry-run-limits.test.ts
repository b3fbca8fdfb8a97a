import { describe, expect, it } from 'vitest'
import { file } from '../support/check-as-hub.ts'
import { checkerForTest } from '../support/checker-for-test.ts'
import { fakeSdk } from '../support/fake-sdk.ts'
import { abTest, variation } from '../support/settings-file.ts'

const refusal = { code: 'settings-refused' }

describe('a settings-file that has no end', () => {
  it.each([
    ['(a+)+$', 'repetitions in repetitions'],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'the same with an end of its own'],
    ['(x+x+)+y', 'a letter that only it has'],
    ['^(\\d+)*$', 'digits'],
    ['(.*)*!!', 'anything'],
  ])(
    'because %s in segments backtracks (%s) is refused with the place, and the next one is checked',
    async (expression) => {
      // Time enough for the good one on a slow machine.
      const { check } = checkerForTest({ timeoutMs: 2500 })
      const segments = { or: [{ not: { custom_variable: { email: `regex(${expression})` } } }] }
      const error = await check(file(abTest('good'), abTest('bad', { segments }))).catch(
        (reason: unknown) => reason,
      )
      expect(error).toMatchObject(refusal)
      expect((error as Error).message).toMatch(
        /^Settings of "prod" refused: campaigns\[1\]: expected regular expressions that come to an end, got one in segments/,
      )
      expect((await check(file(abTest('good')))).units).toBe(1)
    },
  )

  it.each([
    [
      'where something else has to come first',
      [
        '^https?://([\\w-]+\\.?)+/checkout$',
        '^XY-(\\w+)*$',
        '^\\+49(\\d+ ?)+$',
        '^id:(\\w+,?)+;$',
        '^[\\w.]+@(\\w+\\.?)+\\.com$',
        '^\\d{4}-(\\d+)+Z$',
        // Behind more of something than is written out; and behind what refers to something else.
        '^Q{70}(Z|Z)*Y',
        `${'x'.repeat(700)}(a+)+b`,
        '^https://x(.+)+\\1!',
        // Where the ways do not double, but are many.
        '^https?://(.*a)(.*a)(.*a)(.*a)(.*a)(.*a)$',
      ],
    ],
    [
      'whatever has to follow for a match to fail, and where it looks back',
      ['(k+k+)+\\b', '(a+)+([!\\n\\u0000\u00e9]|$)', '(a+)+[\\s\\S]{3}$', '(?<=^\\d+(a|aa)+)c'],
    ],
  ])('is refused %s', async (_where, expressions) => {
    const { check } = checkerForTest()
    for (const expression of expressions) {
      const segments = { or: [{ custom_variable: { v: `regex(${expression})` } }] }
      await expect(check(file(abTest('bad', { segments }))), expression).rejects.toThrow(
        /campaigns\[0\]: expected regular expressions that come to an end/,
      )
    }
  })

  it('has as much more time as it is long', async () => {
    const sdk = fakeSdk('exports.launch = () => { for (;;); }')
    const { check } = checkerForTest({ sdk, timeoutMs: 300 })
    const plain = file(abTest('bad'))
    const padded = { ...plain, padding: 'x'.repeat(2_000_000 - JSON.stringify(plain).length - 13) }
    expect(JSON.stringify(padded)).toHaveLength(2_000_000)
    await expect(check(padded)).rejects.toThrow(/the dry run was not done after 900 ms/)
  })

  it('[invariant 3] in a whitelist is found as well', async () => {
    const { check } = checkerForTest({ timeoutMs: 1000 })
    const segments = { custom_variable: { email: 'regex((a|aa)+$)' } }
    await expect(
      check(file(abTest('bad', { variations: [variation(1, 'Control', 100, { segments })] }))),
    ).rejects.toMatchObject({ ...refusal, message: expect.stringContaining('campaigns[0]: ') as string })
  })

  it('because the SDK has none is refused', async () => {
    const { check } = checkerForTest({
      timeoutMs: 1000,
      sdk: fakeSdk('exports.launch = () => { for (;;); }'),
    })
    await expect(check(file())).rejects.toMatchObject({
      ...refusal,
      message: expect.stringContaining('the file: the dry run was not done after') as string,
    })
  })
})

describe('a settings-file that takes the thread with it', () => {
  it.each([
    [
      'by its memory',
      'exports.launch = () => { const hoard = []; for (;;) hoard.push({ more: hoard.length }); }',
      /needed more than 32 MB of memory/,
    ],
    ['by ending it', 'exports.launch = () => process.exit(0)', /ended its thread/],
    [
      'by an exception of its own time',
      'exports.launch = () => { queueMicrotask(() => { throw new Error("later") }); for (const end = Date.now() + 5; Date.now() < end;); throw new Error("now") }',
      // Whichever is heard first.
      /now|later/,
    ],
  ])('%s is refused, and the hub lives', async (_, source, why) => {
    const { check } = checkerForTest({ timeoutMs: 60_000, memoryMb: 32, sdk: fakeSdk(source) })
    const message = expect.stringMatching(why) as string
    await expect(check(file())).rejects.toMatchObject({ ...refusal, message })
    await expect(check(file())).rejects.toMatchObject({ ...refusal, message })
  })
})
